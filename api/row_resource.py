"""Endpoints of resources whose rows are never deleted: list, create, change, and put by external id."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.answers import Answer
from api.calendar_rows import keep_calendar_id
from api.call import Call
from api.endpoint import Endpoint
from api.fields import RequestModel, ResponseModel, check_external_id, sent
from api.pages import ListPage, PageQuery, page_of
from api.problems import not_found
from db.shop_rows import ShopRows
from views.pages_of_rows import NewestFirst


@dataclass(frozen=True, slots=True)
class RowResource:
    """A resource. `one` and `page` are models of responses; `new`, `change` and `put` are models of request bodies.

    `noun` and `plural` appear in summaries and in the path.
    """

    rows: ShopRows
    noun: str
    plural: str
    one: type[ResponseModel]
    page: type[ListPage[Any]]
    new: type[RequestModel]
    change: type[RequestModel]
    put: type[RequestModel]

    def list(self, call: Call, query: PageQuery) -> Answer:
        """Returns a page, newest first."""
        order = NewestFirst(self.rows.model.created_at, self.rows.model.id)
        statement, one = self.rows.selected(call.shop_id), self.one.model_validate
        return page_of(call.session, query, order, statement, page=self.page, one=one)

    def create(self, call: Call, body: RequestModel) -> Answer:
        """Creates a row."""
        row = self.rows.create(call.session, call.shop_id, sent(body), by=call.actor)
        return Answer(self.one.model_validate(row), 201)

    def update(self, call: Call, id: UUID, body: RequestModel) -> Answer:
        """Changes the fields that were sent."""
        keep_calendar_id(call, self.rows.model, id, body)
        row = self.rows.change(call.session, call.shop_id, id, sent(body), by=call.actor)
        if row is None:
            raise not_found()
        return Answer(self.one.model_validate(row))

    def put_external(self, call: Call, external_id: str, body: RequestModel) -> Answer:
        """Creates or changes the row with this external id."""
        checked = check_external_id(external_id)
        row, is_new = self.rows.put(call.session, call.shop_id, checked, sent(body), by=call.actor)
        return Answer(self.one.model_validate(row, from_attributes=True), 201 if is_new else 200)

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints of this resource."""
        path, a = f"/{self.plural}", f"a {self.noun}"
        return (
            Endpoint(
                method="GET",
                path=path,
                answer=self.list,
                query=PageQuery,
                summary=f"List {self.plural}, newest first.",
                answers={200: self.page},
            ),
            Endpoint(
                method="POST",
                path=path,
                answer=self.create,
                body=self.new,
                summary=f"Create {a}.",
                answers={201: self.one},
                problems=frozenset({409}),
            ),
            Endpoint(
                method="PATCH",
                path=f"{path}/<uuid:id>",
                answer=self.update,
                body=self.change,
                summary=f"Change {a}. Omitted fields keep their values.",
                answers={200: self.one},
                problems=frozenset({404, 409}),
            ),
            Endpoint(
                method="PUT",
                path=f"{path}/external/<external_id:external_id>",
                answer=self.put_external,
                body=self.put,
                summary=f"Create or change the {self.noun} with this external id.",
                answers={200: self.one, 201: self.one},
                problems=frozenset({404}),
            ),
        )
