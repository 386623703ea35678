"""A person at a browser: follows every redirect of a consent screen, on a thread, as one would."""

from __future__ import annotations

import threading
import urllib.request
import webbrowser


class Person(webbrowser.BaseBrowser):
    """A browser whose reader says yes, or is refused by the screen itself."""

    def __init__(self) -> None:
        super().__init__("person")
        self.threads: list[threading.Thread] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: FBT001, FBT002
        thread = threading.Thread(target=self._visit, args=(url,))
        self.threads.append(thread)
        thread.start()
        return True

    @staticmethod
    def _visit(url: str) -> None:
        with urllib.request.urlopen(url, timeout=10) as answer:
            answer.read()

    def leave(self) -> None:
        """Wait until all that was opened has been read."""
        for thread in self.threads:
            thread.join()
