"""Generic anchors: words that could stand for any page, in the languages that are known."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from recommender.languages import function_words
from recommender.text import folded

GENERIC: Mapping[str, frozenset[str]] = {
    language: frozenset(folded(phrase) for phrase in said.split("|"))
    for language, said in {
        "en": """click here|click|read more|read on|read the article|learn more|find out more|
        find out|more|more info|more information|more details|see more|view more|show more|see|
        view|details|full story|full article|continue|continue reading|continue to read|go|go here|
        this page|this post|this article|this link|this site|this website|that page|that post|
        the page|the post|the article|the link|the website|link|page|article|post|website|site|
        check it out|check this out|next|previous|back|home|download|tap here|follow this link|
        visit|visit page|visit website|see below|see above|source""",
        "de": """hier|hier klicken|klick hier|klicken sie hier|klicke hier|mehr|mehr erfahren|
        erfahren sie mehr|erfahre mehr|mehr lesen|mehr dazu|mehr dazu hier|mehr infos|mehr details|
        mehr informationen|weitere informationen|weiter|weiterlesen|weiter lesen|jetzt lesen|
        zum artikel|zum beitrag|zur seite|zur website|diese seite|dieser artikel|dieser beitrag|
        dieser link|diesem link|diesem artikel|diesem beitrag|siehe hier|siehe unten|siehe oben|
        details|alle details|ansehen|anzeigen|mehr anzeigen|link|seite|artikel|beitrag|website|
        webseite|quelle|zurück|nächste|vorherige|startseite|herunterladen|download""",
        "fr": """ici|cliquez ici|cliquer ici|clique ici|cliquez|lire la suite|lire plus|
        lire l'article|la suite|suite|en savoir plus|savoir plus|plus|plus d'infos|
        plus d'informations|voir|voir plus|voir ici|voir la page|
        voir l'article|voir ci-dessous|voir ci-dessus|découvrir|
        découvrez|consulter|détails|plus de détails|cette page|cet article|ce lien|ce site|
        la page|l'article|le lien|le site|lien|page|article|site|source|suivant|précédent|retour|
        accueil|télécharger|continuer|continuer la lecture""",
        "es": """aquí|clic aquí|haz clic aquí|haga clic aquí|hacer clic aquí|pincha aquí|pulsa aquí|
        leer más|lee más|seguir leyendo|sigue leyendo|continuar leyendo|saber más|más información|
        más info|más detalles|más|ver|ver más|ver aquí|ver artículo|ver página|ver abajo|ver arriba|
        descubre más|conoce más|detalles|esta página|este artículo|este enlace|este sitio|
        la página|el artículo|el enlace|el sitio|enlace|página|artículo|sitio|web|fuente|siguiente|
        anterior|volver|inicio|descargar|continuar""",
        "it": """qui|clicca qui|cliccare qui|leggi|leggi tutto|leggi di più|leggi l'articolo|
        continua|continua a leggere|scopri|scopri di più|per saperne di più|maggiori informazioni|
        più informazioni|di più|altro|vedi|vedi qui|vedi sotto|dettagli|questa pagina|
        questo articolo|questo link|la pagina|l'articolo|il link|link|pagina|articolo|sito|fonte|
        avanti|indietro|successivo|precedente|home|scarica""",
        "pt": """aqui|clique aqui|clica aqui|leia mais|ler mais|continue lendo|continuar a ler|
        saiba mais|saber mais|mais|mais informações|mais detalhes|ver|ver mais|veja|veja mais|
        veja aqui|detalhes|esta página|este artigo|este link|a página|o artigo|o link|link|página|
        artigo|site|fonte|próximo|anterior|voltar|início|baixar|descarregar""",
        "nl": """hier|klik hier|lees meer|lees verder|verder lezen|meer|meer lezen|meer info|
        meer informatie|meer weten|bekijk|bekijk meer|zie hier|zie onder|details|deze pagina|
        dit artikel|deze link|de pagina|het artikel|de link|link|pagina|artikel|website|bron|
        volgende|vorige|terug|home|downloaden""",
        "sv": """här|klicka här|läs mer|läs vidare|mer|mer information|visa mer|se mer|se här|
        denna sida|den här sidan|denna artikel|länk|sida|artikel|källa|nästa|föregående|tillbaka""",
        "da": """her|klik her|læs mere|læs videre|mere|mere information|vis mere|se mere|se her|
        denne side|denne artikel|link|side|artikel|kilde|næste|forrige|tilbage""",
        "no": """her|klikk her|les mer|les videre|mer|mer informasjon|vis mer|se mer|se her|
        denne siden|denne artikkelen|lenke|side|artikkel|kilde|neste|forrige|tilbake""",
        "fi": """tästä|klikkaa tästä|täältä|lue lisää|lisää|lisätietoja|katso|katso lisää|
        tämä sivu|tämä artikkeli|linkki|sivu|artikkeli|lähde|seuraava|edellinen|takaisin""",
        "pl": """tutaj|tu|kliknij tutaj|kliknij|czytaj więcej|czytaj dalej|więcej|
        więcej informacji|dowiedz się więcej|zobacz|zobacz więcej|szczegóły|ta strona|ten artykuł|
        link|strona|artykuł|źródło|następny|poprzedni|wstecz""",
        "cs": """zde|klikněte zde|klikni zde|číst dále|číst více|více|více informací|zjistit více|
        zobrazit|zobrazit více|podrobnosti|tato stránka|tento článek|odkaz|stránka|článek|zdroj|
        další|předchozí|zpět""",
        "ru": """здесь|тут|нажмите здесь|кликните здесь|читать далее|читать дальше|читать|
        подробнее|узнать больше|узнать подробнее|больше информации|далее|ещё|смотреть|показать ещё|
        эта страница|эта статья|ссылка|по ссылке|страница|статья|сайт|источник|назад|вперёд|
        скачать""",
        "ja": """こちら|こちらへ|こちらから|ここ|ここをクリック|こちらをクリック|クリック|
        続きを読む|続きはこちら|もっと見る|もっと読む|もっと詳しく|さらに詳しく|さらに見る|詳しくはこちら|
        詳細はこちら|詳しく見る|詳細を見る|詳細|詳しく|詳しくは|この記事|このページ|このサイト|
        このリンク|こちらの記事|こちらのページ|リンク|ページ|記事|サイト|次へ|前へ|戻る|次のページ|
        前のページ|ホーム|トップ|ダウンロード""",
    }.items()
}
"""What pages of each language write where they name nothing; besides, see :func:`spread_anchors`.

A page in another language may say the English ones of several words.
"""

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)+/\S*")
_CODE = re.compile(r"\w\(|[_{}<>=]|\w\.\w")
"""A name of code, such as "now()": its words are common, it is not."""

MANY_TARGETS = 5


def is_generic(anchor: str, language: str, spread: frozenset[str] = frozenset()) -> bool:
    """Tell whether an anchor on a page in ``language`` says nothing of its target.

    It is empty, a bare address, without a letter, of function words only, a stock phrase, or one of
    ``spread`` (see :func:`spread_anchors`).
    """
    plain = anchor.strip()
    phrase = folded(plain)
    return (
        not any(character.isalpha() for character in phrase)
        or _ADDRESS.fullmatch(plain) is not None
        or (function_words(language).issuperset(phrase.split()) and not _CODE.search(plain))
        or phrase in GENERIC.get(language, frozenset())
        or (" " in phrase and phrase in GENERIC["en"])
        or phrase in spread
    )


def spread_anchors(content_edges: pd.DataFrame) -> frozenset[str]:
    """Return the folded anchors that lead to five pages or more, to none of them mostly.

    Found in the site's own content links (``Corpus.content_edges``), in whatever language.
    """
    phrases = content_edges["anchor"].map(folded)
    uses = content_edges["target"].groupby([phrases, content_edges["target"]]).size()
    by_phrase = uses.groupby(level=0)
    spread = (by_phrase.size() >= MANY_TARGETS) & (by_phrase.max() <= by_phrase.sum() / 2)
    return frozenset(str(phrase) for phrase in spread.index[spread.to_numpy(bool)])
