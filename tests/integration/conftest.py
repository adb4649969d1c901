"""A table of the kills at the end of the run: what was struck, and how often."""

from collections import Counter

KILLS = "kills at "


def pytest_terminal_summary(terminalreporter) -> None:
    counted: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name.startswith(KILLS) and report.when == "teardown":
                    counted[name.removeprefix(KILLS)] += value
    if not counted:
        return
    terminalreporter.section("kill -9")
    for barrier, times in sorted(counted.items()):
        terminalreporter.write_line(f"{times:6}  {barrier}")
    terminalreporter.write_line(f"{sum(counted.values()):6}  in all")
