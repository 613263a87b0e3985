"""Installations: which documents were installed, by whom, and what their proofs said.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.String(27).with_variant(TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "flowcase_installation",
        sa.Column("workflow", sa.String(64), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String(100), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("checker", sa.String(64), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workflow", "version", name="pk_flowcase_installation"),
    )
    op.create_table(
        "flowcase_proof",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("checker", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "checker", name="pk_flowcase_proof"),
    )


def downgrade() -> None:
    """Take the tables away, with all that is in them."""
    op.drop_table("flowcase_proof")
    op.drop_table("flowcase_installation")
