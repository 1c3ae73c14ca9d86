"""FastAPI peer: verifies the bearer token, lists and creates quests in one transaction under row-level security.

Environment: CONNECTIONS, PGHOST, JWT_SECRET. Run by uvicorn with uvloop and httptools.
"""
import os
from typing import Optional

import asyncpg
import jwt
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, Field

COLUMNS = "id, title, body, status, visibility, difficulty, tags, version, owner_id, created_at, updated_at"
LIST = f"select {COLUMNS} from bench.quest order by id desc limit $1"
CREATE = f"insert into bench.quest (owner_id, namespace_id, title, body) values ($1, $1, $2, $3) returning {COLUMNS}"
SECRET = os.environ["JWT_SECRET"]
app = FastAPI()


class NewQuest(BaseModel):
    title: str = Field(min_length=1, max_length=120)
    body: str = Field("", max_length=10000)


@app.on_event("startup")
async def connect():
    size = int(os.environ["CONNECTIONS"])
    app.state.pool = await asyncpg.create_pool(
        host=os.environ["PGHOST"], port=5432, user="app_user", database="life_agent", min_size=size, max_size=size)


def signed_in(request: Request) -> str:
    try:
        return jwt.decode(request.headers["authorization"][7:], SECRET, algorithms=["HS256"])["sub"]
    except (KeyError, jwt.InvalidTokenError):
        raise HTTPException(401)


async def as_user(user: str, query: str, *values):
    async with app.state.pool.acquire() as db, db.transaction():
        await db.execute("select set_config('bench.actor', $1, true)", user)
        return await db.fetch(query, *values)


@app.get("/healthz")
async def health():
    return {"status": "ok"}


@app.get("/quests")
async def quest_list(limit: int = Query(20, ge=1, le=100), user: str = Depends(signed_in)):
    rows = await as_user(user, LIST, limit)
    next_page: Optional[str] = str(rows[-1]["id"]) if len(rows) == limit else None
    return {"items": [dict(row) for row in rows], "next": next_page}


@app.post("/quests", status_code=201)
async def quest_create(quest: NewQuest, user: str = Depends(signed_in)):
    return dict((await as_user(user, CREATE, user, quest.title, quest.body))[0])
