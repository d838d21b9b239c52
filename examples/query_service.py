"""A workflow behind a FastAPI endpoint: POST a question to /query, get its answer and its sources.

Workflows are asynchronous, so the endpoint awaits the run and many requests are answered side by side. One instance
serves them all: each run has a Context of its own. Start it from the project's folder with

    uvicorn query_service:app --app-dir examples

and ask

    curl -X POST localhost:8000/query -H "Content-Type: application/json" -d '{"query": "When do keys expire?"}'

It needs fastapi and uvicorn (requirements-dev.txt). The workflow is the sample `workflows/rag_sources.py`.
"""

import sys
from pathlib import Path

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field
from workflows.errors import WorkflowTimeoutError

# Stepscope and its samples aren't installed. The samples are files beside each other, not a package: `workflows` is the
# name of the engine.
sys.path.append(str(Path(__file__).resolve().parents[1]))
sys.path.append(str(Path(__file__).resolve().parents[1] / "workflows"))

from rag_sources import rag_workflow

from inspectors.recording import record

app = FastAPI(title="Handbook", description="Answers questions about Tidewatch.")
workflow = record(rag_workflow())  # each request is a run on Stepscope's Traces, live


class QueryRequest(BaseModel):
    """What is asked."""

    query: str = Field(min_length=1, max_length=1000, description="A question about Tidewatch.")


class QueryAnswer(BaseModel):
    """What the workflow found."""

    answer: str
    sources: list[str] = Field(description="The file of each passage that was read.")
    num_sources: int


@app.post("/query")
async def query_endpoint(request: QueryRequest) -> QueryAnswer:
    """Run the workflow on the question and give its result. 504 if it takes longer than its time limit."""
    try:
        result = await workflow.run(query=request.query)
    except WorkflowTimeoutError as error:
        raise HTTPException(504, "The question took too long to answer. Ask a shorter one.") from error
    return QueryAnswer(**result)
