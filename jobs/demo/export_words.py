"""What an export of Search Console's web interface is called in five languages, file by file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The words of one language: names of files, headers, and how numbers are written.

    ``files`` and ``keys`` are those of queries, pages, countries, devices, appearances, days and
    filters, in this order.
    """

    files: tuple[str, ...]
    keys: tuple[str, ...]
    metrics: tuple[str, str, str, str]
    value: str
    search_type: tuple[str, str]
    range: tuple[str, str]
    page: str
    countries: tuple[str, str]
    devices: tuple[str, str, str]
    decimal: str = "."
    percent: str = "{}%"


ENGLISH = Language(
    files=("Queries", "Pages", "Countries", "Devices", "Search appearance", "Chart", "Filters"),
    keys=("Top queries", "Top pages", "Country", "Device", "Search Appearance", "Date", "Filter"),
    metrics=("Clicks", "Impressions", "CTR", "Position"),
    value="Value",
    search_type=("Search type", "Web"),
    range=("Date", "Last 3 months"),
    page="Page",
    countries=("United States", "Germany"),
    devices=("Mobile", "Desktop", "Tablet"),
)

FRENCH = Language(
    files=(
        "Requêtes",
        "Pages",
        "Pays",
        "Appareils",
        "Apparence dans les résultats de recherche",
        "Graphique",
        "Filtres",
    ),
    keys=(
        "Requêtes les plus fréquentes",
        "Pages les plus populaires",
        "Pays",
        "Appareil",
        "Apparence dans les résultats de recherche",
        "Date",
        "Filtre",
    ),
    metrics=("Clics", "Impressions", "CTR", "Position"),
    value="Valeur",
    search_type=("Type de recherche", "Web"),
    range=("Date", "3 derniers mois"),
    page="Page",
    countries=("États-Unis", "Allemagne"),
    devices=("Mobile", "Ordinateur", "Tablette"),
    decimal=",",
    percent="{}\N{NO-BREAK SPACE}%",
)

GERMAN = Language(
    files=(
        "Suchanfragen",
        "Seiten",
        "Länder",
        "Geräte",
        "Darstellung in der Suche",
        "Diagramm",
        "Filter",
    ),
    keys=(
        "Häufigste Suchanfragen",
        "Die häufigsten Seiten",
        "Land",
        "Gerät",
        "Darstellung in der Suche",
        "Datum",
        "Filter",
    ),
    metrics=("Klicks", "Impressionen", "CTR", "Position"),
    value="Wert",
    search_type=("Suchtyp", "Web"),
    range=("Datum", "Letzte 3 Monate"),
    page="Seite",
    countries=("Vereinigte Staaten", "Deutschland"),
    devices=("Mobil", "Computer", "Tablet"),
    decimal=",",
    percent="{} %",
)

SPANISH = Language(
    files=(
        "Consultas",
        "Páginas",
        "Países",
        "Dispositivos",
        "Aspecto en la búsqueda",
        "Gráfico",
        "Filtros",
    ),
    keys=(
        "Consultas principales",
        "Páginas principales",
        "País",
        "Dispositivo",
        "Aspecto en la búsqueda",
        "Fecha",
        "Filtro",
    ),
    metrics=("Clics", "Impresiones", "CTR", "Posición"),
    value="Valor",
    search_type=("Tipo de búsqueda", "Web"),
    range=("Fecha", "Últimos 3 meses"),
    page="Página",
    countries=("Estados Unidos", "Alemania"),
    devices=("Móvil", "Ordenador", "Tablet"),
    decimal=",",
)

JAPANESE = Language(
    files=("クエリ", "ページ", "国", "デバイス", "検索での見え方", "グラフ", "フィルタ"),
    keys=("上位のクエリ", "上位のページ", "国", "デバイス", "検索での見え方", "日付", "フィルタ"),
    metrics=("クリック数", "表示回数", "CTR", "掲載順位"),
    value="値",
    search_type=("検索タイプ", "ウェブ"),
    range=("日付", "過去 3 か月間"),
    page="ページ",
    countries=("アメリカ合衆国", "ドイツ"),
    devices=("モバイル", "パソコン", "タブレット"),
)

LANGUAGES = {"en": ENGLISH, "fr": FRENCH, "de": GERMAN, "es": SPANISH, "ja": JAPANESE}
