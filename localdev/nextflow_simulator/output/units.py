"""Durations and memory sizes in Nextflow's notation."""

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000))


def duration(milliseconds: int) -> str:
    """Such as 352ms, 5.2s, 1m 30s, 1h 2m."""
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f}".removesuffix(".0") + "s"
    parts = []
    for unit, size in _UNITS:
        count, milliseconds = divmod(milliseconds, size)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts)


def memory(count: int) -> str:
    """Such as 0, 60 GB, 1.5 TB; base 1024, at most one decimal."""
    size = float(count)
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024 or unit == "TB":
            break
        size /= 1024
    return f"{size:.1f}".removesuffix(".0") + (f" {unit}" if count else "")
