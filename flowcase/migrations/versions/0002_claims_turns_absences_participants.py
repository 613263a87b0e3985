"""Values that are unique, turns at the records, absences, and who takes part in which case.

Revision ID: 0002
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Cases read at once while the participants of those there are are written down.
BATCH = 1000


def upgrade() -> None:
    """Make the tables, and fill in who takes part in the cases there are."""
    op.create_table(
        "flowcase_absence",
        sa.Column("staff", sa.String(100), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("deputy", sa.String(100), nullable=True),
        sa.PrimaryKeyConstraint("staff", "begins", name="pk_flowcase_absence"),
    )
    op.create_index("ix_flowcase_absence_deputy", "flowcase_absence", ["deputy", "ends"])
    op.create_table(
        "flowcase_claim",
        sa.Column("workflow", sa.String(64), nullable=False),
        sa.Column("field", sa.String(64), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("workflow", "field", "value", name="pk_flowcase_claim"),
    )
    op.create_table(
        "flowcase_turn",
        sa.Column("party", sa.String(100), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party", name="pk_flowcase_turn"),
    )
    participant = op.create_table(
        "flowcase_participant",
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(101), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "role", "actor", name="pk_flowcase_participant"),
    )
    op.create_index("ix_flowcase_participant_actor", "flowcase_participant", ["actor", "case_id"])
    op.drop_index("ix_flowcase_case_party", "flowcase_case")
    op.create_index(
        "ix_flowcase_case_party", "flowcase_case", ["party", "workflow", "opened_at", "id"]
    )
    _fill(op.get_bind(), participant)


def _fill(connection: sa.Connection, participant: sa.Table) -> None:
    """Write down who takes part in the cases there are, as their snapshots have it."""
    cases = sa.table("flowcase_case", sa.column("id"), sa.column("body"))
    after = ""
    while True:
        question = sa.select(cases.c.id, cases.c.body).where(cases.c.id > after)
        found = connection.execute(question.order_by(cases.c.id).limit(BATCH)).all()
        if not found:
            return
        rows = [row for case_id, body in found for row in _parts(case_id, json.loads(body))]
        if rows:
            connection.execute(participant.insert(), rows)
        after = found[-1].id


def _parts(case_id: str, facts: dict[str, object]) -> list[dict[str, object]]:
    parts: dict[tuple[str, str], bool] = {}
    for prefix, is_open in (("held.", False), ("participants.", True)):
        for name, value in facts.items():
            if name.startswith(prefix):
                role = name[len(prefix) :]
                values = [value] if isinstance(value, str) else value
                parts |= {(role, who): is_open for who in values}  # type: ignore[attr-defined]  # a list of ids
    return [
        {"case_id": case_id, "role": role, "actor": actor, "open": is_open}
        for (role, actor), is_open in parts.items()
    ]


def downgrade() -> None:
    """Take the tables away, with all that is in them."""
    op.drop_index("ix_flowcase_case_party", "flowcase_case")
    op.create_index("ix_flowcase_case_party", "flowcase_case", ["party", "opened_at", "id"])
    for name in ("flowcase_participant", "flowcase_turn", "flowcase_claim", "flowcase_absence"):
        op.drop_table(name)
