"""Medians, ratios, the bar beside them, as a table for people and as JSON lines for programs."""

import json
import statistics

OTHERS = ("nginx", "haproxy", "floor")


class Row:
    """One figure with what was measured."""

    def __init__(self, figure, values, missing):
        self.figure, self.values, self.missing = figure, values, missing
        self.medians = {name: statistics.median(each) for name, each in values.items()}
        ours = self.medians.get("tidegate")
        self.ratios = {}
        if ours is not None:
            self.ratios = {name: ours / self.medians[name] for name in OTHERS if self.medians.get(name)}
        # Less noisy than the ratio of medians, which may come from rounds in which the machine was not the same.
        self.by_round = {name: self._by_round(name) for name in self.ratios if len(values[name]) == len(values["tidegate"])}
        self.holds = self._judge(ours)

    def _by_round(self, name):
        return statistics.median(ours / theirs for ours, theirs in zip(self.values["tidegate"], self.values[name]))

    def _judge(self, ours):
        """True, False, or None when there is no bar or something to compare with is missing."""
        verdicts = []
        for name, most in self.figure.bar.items():
            if name == "value":
                verdicts.append(None if ours is None else ours <= most)
            elif name == "best":
                ratios = [self.ratios[each] for each in ("nginx", "haproxy") if each in self.ratios]
                verdicts.append(max(ratios) <= most if len(ratios) == 2 else None)
            else:
                verdicts.append(self.ratios[name] <= most if name in self.ratios else None)
        if not verdicts:
            return None
        return False if False in verdicts else None if None in verdicts else True

    def bar_text(self):
        words = {"value": "≤ {:g}", "best": "≤ {:.2f} of the best"}
        return ", ".join(words.get(name, f"{name} ≤ {{:.2f}}").format(most) for name, most in self.figure.bar.items())

    def by_round_text(self):
        """Of those that the bar names."""
        names = {"best": ("nginx", "haproxy")}
        wanted = [each for name in self.figure.bar for each in names.get(name, (name,)) if each in self.by_round]
        return ", ".join(f"{name} {self.by_round[name]:.2f}" for name in wanted)

    def json(self, head):
        return json.dumps({
            "figure": self.figure.name, "unit": self.figure.unit, "values": self.values, "medians": self.medians,
            "ratios": self.ratios, "by_round": self.by_round, "bar": self.figure.bar, "holds": self.holds, "missing": self.missing, **head,
        })


def _number(value):
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"


def _cells(row, proxies):
    cells = [row.figure.name, row.figure.unit]
    cells += [_number(row.medians[name]) if name in row.medians else "-" for name in proxies]
    cells += [f"{row.ratios[name]:.2f}" if name in row.ratios else "-" for name in OTHERS if name in proxies]
    verdict = {True: "holds", False: "MISSED", None: "not measured" if row.figure.bar else ""}[row.holds]
    return [*cells, row.bar_text(), verdict, row.by_round_text()]


def _few(names):
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def table(head, rows, proxies, notes):
    """The whole report as text."""
    lines = [f"{name}: {value}" for name, value in head.items()]
    title = ["figure", "unit", *proxies, *(f"/{name}" for name in OTHERS if name in proxies), "bar", "", "round by round"]
    cells = [title, *(_cells(row, proxies) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(title))]
    lines.append("")
    for line in cells:
        numbers = range(2, len(title) - 3)
        lines.append("  ".join(
            each.rjust(width) if column in numbers else each.ljust(width)
            for column, (each, width) in enumerate(zip(line, widths))
        ).rstrip())
    reasons = {}
    for row in rows:
        for name, reason in row.missing.items():
            reasons.setdefault(f"{name} {reason}", []).append(row.figure.name)
    lines += ["", *notes]
    lines += [f"no figure: {reason} ({_few(figures)})" for reason, figures in reasons.items()]
    return "\n".join(lines)
