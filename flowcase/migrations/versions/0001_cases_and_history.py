"""The first schema: cases, their history, keys, rungs set aside, documents, people.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.String(27).with_variant(TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "flowcase_admission",
        sa.Column("register", sa.String(64), nullable=False),
        sa.Column("party", sa.String(100), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("admitted_from", sa.Date(), nullable=True),
        sa.Column("admitted_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("register", "party", name="pk_flowcase_admission"),
    )
    op.create_table(
        "flowcase_case",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("workflow", sa.String(64), nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("tier", sa.String(64), nullable=True),
        sa.Column("owner", sa.String(101), nullable=True),
        sa.Column("party", sa.String(100), nullable=True),
        sa.Column("parent_id", sa.String(36), nullable=True),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("wake_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("unsettled", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_flowcase_case"),
    )
    op.create_index(
        "ix_flowcase_case_due",
        "flowcase_case",
        ["due_at", "id"],
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        "ix_flowcase_case_owner",
        "flowcase_case",
        ["owner", "due_at", "id"],
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        "ix_flowcase_case_parent",
        "flowcase_case",
        ["parent_id"],
        postgresql_where=sa.text("parent_id IS NOT NULL"),
        sqlite_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index("ix_flowcase_case_party", "flowcase_case", ["party", "opened_at", "id"])
    op.create_index(
        "ix_flowcase_case_wake",
        "flowcase_case",
        ["wake_at"],
        postgresql_where=sa.text("wake_at IS NOT NULL"),
        sqlite_where=sa.text("wake_at IS NOT NULL"),
    )
    op.create_table(
        "flowcase_document",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stored_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_flowcase_document"),
    )
    op.create_table(
        "flowcase_duty",
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("charge", sa.String(100), nullable=False),
        sa.Column("staff", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("role", "charge", "staff", name="pk_flowcase_duty"),
    )
    op.create_index("ix_flowcase_duty_staff", "flowcase_duty", ["staff"])
    op.create_table(
        "flowcase_history",
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("trigger", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=True),
        sa.Column("dest", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("on_behalf_of", sa.String(100), nullable=True),
        sa.Column("key", sa.String(200), nullable=True),
        sa.Column("rung", sa.Text(), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("salt", sa.String(32), nullable=True),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "revision", name="pk_flowcase_history"),
    )
    op.create_index(
        "uq_flowcase_history_key",
        "flowcase_history",
        ["case_id", "key"],
        unique=True,
        postgresql_where=sa.text("key IS NOT NULL"),
        sqlite_where=sa.text("key IS NOT NULL"),
    )
    op.create_table(
        "flowcase_key",
        sa.Column("workflow", sa.String(64), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("workflow", "key", name="pk_flowcase_key"),
    )
    op.create_table(
        "flowcase_party",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("principal", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_flowcase_party"),
    )
    op.create_table(
        "flowcase_staff",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("unit", sa.String(100), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_flowcase_staff"),
    )
    op.create_table(
        "flowcase_stuck",
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", _MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_flowcase_stuck"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Room on each page for the next version of a row, so that indexes need not follow it.
        op.execute("ALTER TABLE flowcase_case SET (fillfactor = 85)")


def downgrade() -> None:
    """Take the tables away, with all that is in them."""
    for name in (
        "flowcase_stuck",
        "flowcase_staff",
        "flowcase_party",
        "flowcase_key",
        "flowcase_history",
        "flowcase_duty",
        "flowcase_document",
        "flowcase_case",
        "flowcase_admission",
    ):
        op.drop_table(name)
