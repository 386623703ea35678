"""What can be held against a link: a code for each hard rule (method, section 5)."""

from __future__ import annotations

from enum import StrEnum


class Objection(StrEnum):
    """Why a place is not allowed."""

    SOURCE_NOT_INDEXABLE = "source_not_indexable"
    SOURCE_EXCLUDED = "source_excluded"
    SOURCE_IN_SERIES = "source_in_series"
    TARGET_EXCLUDED = "target_excluded"
    TARGET_IS_LIST = "target_is_list"
    SECTION_BANNED = "section_banned"
    OTHER_LANGUAGE = "other_language"
    UNRELATED = "unrelated"
    SAME_TEXT = "same_text"
    NO_TEXT = "no_text"
    NO_ANCHOR = "no_anchor"
    ANCHOR_TOO_LONG = "anchor_too_long"
    ANCHOR_GENERIC = "anchor_generic"
    ANCHOR_UNSURE = "anchor_unsure"
    ANCHOR_NO_PHRASE = "anchor_no_phrase"
    ANCHOR_UNSPOKEN = "anchor_unspoken"
    ANCHOR_SPOKEN_ELSEWHERE = "anchor_spoken_elsewhere"
    ANCHOR_IS_SUBJECT = "anchor_is_subject"
    IN_LABEL = "in_label"
    ANCHOR_BANNED = "anchor_banned"
    ANCHOR_OF_OTHER_PAGE = "anchor_of_other_page"
    IN_LINK = "in_link"
    IN_CODE = "in_code"
    IN_QUOTE = "in_quote"
    IN_BUTTON = "in_button"
    NEAR_LINK = "near_link"
    LINKED_BESIDE = "linked_beside"
    LINKED_ELSEWHERE = "linked_elsewhere"
    REPEATED_TEXT = "repeated_text"
    RAGGED_SENTENCE = "ragged_sentence"
    DISMISSED = "dismissed"
