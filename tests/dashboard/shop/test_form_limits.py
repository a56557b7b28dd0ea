"""The size limit of a form depends on whether its sender is signed in."""

from __future__ import annotations

import io

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.builders import Built, a_number, a_staff_member
from tests.dashboard.shop.conftest import TOKEN, StaffBrowser
from tests.effort import long_except

IMPORT = "/app/customers/import"
HEAD = b"name,phone\n"
KIB = 1024
PART = b"--x\r\nContent-Disposition: form-data; name=%b\r\n\r\n%b\r\n"
FILE = b'"file"; filename="list.csv"'


class Unreadable(io.BytesIO):
    """A request body that fails the test if it is read."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("the body was read")


def brings(desk: StaffBrowser, file: bytes, *, token: str = "") -> TestResponse:
    found = TOKEN.search(desk.get("/app/settings").text)
    fields = (token or (found[1] if found else "")).encode(), file
    body = b"".join(PART % (name, content) for name, content in zip((b'"csrf_token"', FILE), fields, strict=True))
    return desk.web.post(IMPORT, data=body + b"--x--\r\n", content_type="multipart/form-data; boundary=x")


@pytest.mark.parametrize("size", long_except([60 * KIB, 81 * KIB, 200 * KIB, 3000 * KIB], 81 * KIB))
def test_a_list_of_any_size_is_read(desk: StaffBrowser, size: int) -> None:
    file = HEAD + b"Ana,\n" * (size // 5)
    assert brings(desk, file).status_code == 200


def test_a_list_beyond_16_mib_is_refused(desk: StaffBrowser) -> None:
    assert brings(desk, b"a" * 17_000_000).status_code == 413


@pytest.mark.parametrize("who", ["stranger", "staff", "read_only"])
def test_only_an_owner_s_file_is_read(stranger: StaffBrowser, salon: Built, session: Session, who: str) -> None:
    if who != "stranger":
        member = a_staff_member(session, salon, role=who, phone=a_number(), email=None)
        session.commit()
        stranger.signs_in(member)
    answer = stranger.web.post(
        IMPORT,
        input_stream=Unreadable(),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "16000000"},
    )
    assert answer.status_code in {303, 403}


def test_a_file_without_the_pages_token_is_refused(desk: StaffBrowser) -> None:
    assert brings(desk, HEAD, token="forged").status_code == 400


def test_a_file_in_another_kind_of_form_is_refused(desk: StaffBrowser) -> None:
    answer = desk.web.post(IMPORT, data=b"&" * 1000, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {413, 415}


@pytest.mark.parametrize("path", ["/app/login", "/app/settings/shop", "/app/login/code"])
def test_a_form_has_at_most_200_fields_on_a_page_too(desk: StaffBrowser, path: str) -> None:
    many = {f"f{number}": "x" for number in range(250)}
    assert desk.web.post(path, data=many).status_code == 413
    assert desk.web.post(path, data=many, content_type="multipart/form-data").status_code == 413


@pytest.mark.parametrize(
    "odd", ["/app/\n", "/app/\r\nSet-Cookie: a=b", "/app/\t", "/app/\x00", "/app/\x85", "/app/\u2028"]
)
def test_an_odd_place_to_go_on_to_is_passed_over(desk: StaffBrowser, odd: str) -> None:
    answer = desk.get("/app/login", query_string={"next": odd})
    assert (answer.status_code, answer.location) == (303, "/app/")


def test_previews_are_for_those_who_may_change_the_text(
    stranger: StaffBrowser, salon: Built, session: Session
) -> None:
    member = a_staff_member(session, salon, role="read_only", phone=a_number(), email=None)
    session.commit()
    stranger.signs_in(member)
    answer = stranger.post("/app/settings/texts/preview", form="/app/settings", name="offer")
    assert answer.status_code == 403
