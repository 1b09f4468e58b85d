"""A list of voters as a town has it, and what became of it."""

from sqlalchemy import func, select

from pb.eligibility.models import RollEntry

AREAS = {"north": 50_000_00, "south": 50_000_00, "town": 100_000_00}
REGISTER = """\
Number;Ward;Born;First name;Surname;Street;House number;Postcode;Town;Email;Lang;Shoe size
A1;North;01.05.1990;Ana;Núñez;Mill Lane;4;1234 AB;Marle;ana@example.org;es;38
A2;south;30.11.1931;Ben;de Vries;Quay;1;1234 AC;Marle;;nl;44
A3;;17.08.2015;Cleo;Young;Quay;2;1234 AC;Marle;;en;30
""".encode()
MEANINGS = "person area born name name address address-on address address-on email language ignored"
COLUMNS = {f"column_{place}": column for place, column in enumerate(MEANINGS.split())}
HOW = {"date_order": "day-first", "voter_class": "resident", "young": "leave-out"}


def size(session) -> int:
    session.rollback()
    found = session.scalar(select(func.count()).select_from(RollEntry))
    session.rollback()
    return found


def files(tmp_path) -> list:
    return sorted((tmp_path / "uploads").glob("*"))
