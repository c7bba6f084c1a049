# ruff: noqa: RUF001 - months in many scripts
"""The time of a log record, whose head gives the month in some language and neither year nor time zone."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from unicodedata import normalize

_MILLISECONDS = {b"%03d" % number: timedelta(milliseconds=number) for number in range(1000)}

# Abbreviations printed by JDK 8 and, from CLDR data, by JDK 9 and later; in lower case, without marks. Abbreviations of
# different months in different languages (`lis` is November in Polish, October in Croatian) are omitted.
_MONTHS = (
    "jan janv jän ene gen genn gener ian xan oca januar janvier enero gennaio janeiro січ янв",
    "feb febr fev fév févr úno lut şub veebr helmik februar febbraio fevereiro лют фев февр",
    "mar mars marz märz mrz mrt març márc märts bře maalisk marzo março берез мар март марта",
    "apr abr avr ápr avril abril aprile nis kwi dub huhtik квіт кві апр",
    "may mai maj mag mei máj maig mayo maggio maio kvě toukok трав тра мая май",
    "jun juin jún juni juny junio giu giugno junho iun haz cze čvn xuño juuni kesäk черв чер июн июня июнь",
    "jul juil júl juli jul juliol julio lug luglio julho iul tem čvc xul juuli heinäk лип июл июля июль",
    "aug août aoû ago ag agost agosto agu ağu avg sie elok серп авг",
    "sep sept set setembre szept settembre setembro eyl wrz zář syysk вер сен сент",
    "oct okt ott out octobre ottobre outubro eki paź říj lokak жовт жов окт",
    "nov noi novembre novembro kas marrask лист ноя нояб",
    "dec déc dic dez des dicembre dezembro ara gru pro dets jouluk груд дек",
)
_MONTHS_IN_OTHER_SCRIPTS = (  # Greek, Bulgarian, Hebrew, Hindi, Thai, Arabic; `_` is a blank
    "ιαν яну ינו ינואר जन जनवरी มค มกราคม يناير ينا جانفي كانون_الثاني",
    "φεβ פבר פברואר फ़र फ़रवरी กพ กุมภาพันธ์ فبراير فبر فيفري شباط",
    "μαρ μάρ מרץ मार्च มีค มีนาคม مارس مار آذار",
    "απρ אפר אפריל अप्रैल เมย เมษายน أبريل أبر أفريل نيسان",
    "μαΐ μαϊ μάι מאי मई พค พฤษภาคม مايو ماي أيار",
    "ιουν ιούν юни יונ יוני जून มิย มิถุนายน يونيو يون جوان حزيران",
    "ιουλ ιούλ юли יול יולי जुल जुलाई กค กรกฎาคม يوليو يول يوليوز جويلية تموز",
    "αυγ αύγ אוג אוגוסט अग अगस्त สค สิงหาคม أغسطس أغس أوت غشت آب",
    "сеп σεπ ספט ספטמבר सित सितंबर सितम्बर กย กันยายน سبتمبر سبت شتنبر أيلول",
    "οκτ אוק אוקטובר अक्टू अक्तू अक्टूबर अक्तूबर ตค ตุลาคม أكتوبر أكت تشرين_الأول",
    "νοε νοέ ное נוב נובמבר नव नवंबर नवम्बर พย พฤศจิกายน نوفمبر نوف نونبر تشرين_الثاني",
    "δεκ дек דצמ דצמבר दिस दिसंबर दिसम्बर ธค ธันวาคม ديسمبر ديس دجنبر كانون_الأول",
)
_MONTH_OF = {
    normalize("NFC", token.replace("_", " ")): number
    for months in (_MONTHS, _MONTHS_IN_OTHER_SCRIPTS)
    for number, tokens in enumerate(months, 1)
    for token in tokens.split()
}
# a full stop; those of Hindi and Hebrew; the marks that turn the direction of writing
_MARKS = str.maketrans("", "", ".\u0970\u05f3'\u200e\u200f\u061c")
_NUMERIC = re.compile(r"(?:thg|tháng)? ?(1[0-2]|0?[1-9]) ?\D?", re.ASCII)  # 11月, 11월, thg 11
_ARTICLE = re.compile("^(?:de |d['\u2019])")  # Catalan: de nov., d'abr.


def month_number(token: str) -> int | None:
    """The month, 1 to 12, that `token` abbreviates (`Nov`, `nov.`, `11月`, `de nov.`); None if it is unknown."""
    plain = _ARTICLE.sub("", normalize("NFC", token.strip("\ufeff \u200e\u200f").lower())).translate(_MARKS)
    numeric = _NUMERIC.fullmatch(plain)
    return int(numeric[1]) if numeric else _MONTH_OF.get(plain)


class LogClock:
    """Reads the timestamps of one log in file order; `last` is the latest one, to the second.

    Of all years the one is chosen in which the date is nearest to `last`, or for the first record to `near`. So January
    after December is in the next year, and records of two threads may be slightly out of order.
    """

    def __init__(self, near: datetime, zone: tzinfo, *, last: datetime | None = None) -> None:
        self.last = last
        self._near = near
        self._zone = zone
        self._second = self._day = b""
        self._date: date | None = None
        self._base: datetime | None = None

    def read(self, stamp: bytes) -> datetime | None:
        """The UTC time of the timestamp `Nov-29 22:36:34.258`; None for an unknown month or an impossible time."""
        second, millisecond = stamp[:-4], stamp[-3:]
        if second != self._second:  # most records have the same second as the one before
            self._second = second
            self._base = self._read_second(second)
        return None if self._base is None else self._base + _MILLISECONDS[millisecond]

    def _read_second(self, stamp: bytes) -> datetime | None:
        day, hour, minute, second = stamp[:-9], int(stamp[-8:-6]), int(stamp[-5:-3]), int(stamp[-2:])
        if day != self._day:
            self._day = day
            self._date = self._nearest(month_number(day[:-3].decode(errors="replace")), int(day[-2:]))
        if self._date is None or hour > 23 or minute > 59 or second > 59:
            return None
        at = self._date
        self.last = datetime(at.year, at.month, at.day, hour, minute, second, tzinfo=self._zone).astimezone(UTC)
        return self.last

    def _nearest(self, month: int | None, day: int) -> date | None:
        if month is None:
            return None
        last = (self.last or self._near).astimezone(self._zone).date()
        for reach in (1, 8):  # 29 February may be eight years away
            years = range(last.year - reach, last.year + reach + 1)
            dates = [found for year in years if (found := _date(year, month, day))]
            if dates:
                return min(dates, key=lambda found: abs(found - last))
        return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
