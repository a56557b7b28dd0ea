"""Bare Flask routes: one inserts a row, the other inserts a row and publishes a Celery message."""

import os
import threading

import psycopg
from celery import Celery
from flask import Flask, request
from flask.typing import ResponseReturnValue

from web.rsgi.application import WsgiOverRsgi
from web.rsgi.bodies import BodyLimit

TABLE = (
    "CREATE TABLE IF NOT EXISTS baseline_requests (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), body text NOT NULL)"
)
INSERT = "INSERT INTO baseline_requests (body) VALUES (%s)"
LARGEST_BODY = 64 * 1024


def create_app() -> WsgiOverRsgi:
    """Creates the app. It runs on the same web server with the same number of threads as the real endpoints."""
    app, celery, mine = Flask(__name__), Celery(broker=os.environ["REDIS_URL"]), threading.local()
    celery.conf.update(task_ignore_result=True)
    psycopg.connect(os.environ["DATABASE_URL"], autocommit=True).execute(TABLE).connection.close()

    def record(body: str) -> None:
        """Inserts a row over this thread's connection, in autocommit mode."""
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        mine.connection.execute(INSERT, [body])

    @app.post("/requests/<task>/<argument>")
    def receive(task: str, argument: str) -> ResponseReturnValue:
        record(request.get_data(as_text=True))
        celery.send_task(f"baseline.{task}", args=[argument], queue="baseline")
        return "", 204

    @app.post("/rows")
    def insert() -> ResponseReturnValue:
        record(request.get_data(as_text=True))
        return {"success": True}, 201

    @app.get("/")
    def alive() -> ResponseReturnValue:
        return "", 204

    return WsgiOverRsgi(app, limit_of=lambda method, path: BodyLimit(LARGEST_BODY))
