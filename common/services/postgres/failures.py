"""What an error of pg8000 says, whoever raised it."""


def sqlstate(error: BaseException | None) -> str:
    """The SQLSTATE in an error of Postgres; empty in any other."""
    details = error.args[0] if error and error.args else None
    return str(details.get("C", "")) if isinstance(details, dict) else ""
