"""Lines of JSON packed into a block and back: zlib with a dictionary of what records and journal lines look like.

Most blocks are small, a commit's worth, and would spend half their bytes on names of fields. A packed block names its
dictionary by checksum, as zlib's format has it (RFC 1950, FDICT), so blocks of earlier versions stay readable: a
dictionary is never changed, a better one gets a number of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

DICTIONARY_1 = (
    b'"sharedstdoutstderr"logged","level":"INFO","logger":"printed","stream":"call_started","call":"llm","retriever",'
    b'"embedding","tool","model":"messages":[{"role":"user","content":"assistant","call_ended","output":"completion":'
    b'"tokens":{"prompt":"completion":"total":"chunks":"prompt_expired","waiting","prompts":"saved":true,"unloaded",'
    b'"stalled","blocked","unblocked","seconds":"cancel_asked","run_ended","status":"done","result":{"type":"str",'
    b'"value":'
    b'"failed","error":{"type":"ValueError","message":"traceback":"Traceback (most recent call last):\\n  File \\"'
    b'"frames":[{"file":"line":"function":"code":"own":true}],"retry_in":"store_written","op":"set","changes":{"'
    b'"kind":"prompt","prompt":"answer":"HumanResponseEvent","InputRequiredEvent","prefix":"response":"StartEvent",'
    b'"module":"workflows.events","via":"start","by":null,"from_step":null,"fields":{"StopEvent","result":'
    b'"streamed","key":'
    b'"run_started","version":1,"workflow":"timeout":null,"session":1,"resumed":false,"file":"whole":true,'
    b'"buffers":{"default":[["static":[["waiters":[["waits_for":"resolved":"streams":{"open":"scope":["releases":{'
    b'"keys":'
    b'"joined":["buffer":"buffered":"outcome":"buffered","outcome":"waiting","outcome":"error","to_step":"via":"sent",'
    b'"via":"fanned_out","queue":[["attempts":"not_before":'
    b't 1 {"__is_pydantic":true,"value":{"type":"step_result","step_id":"step","worker_id":0,"event":{'
    b'"__is_pydantic":true,"value":{"n":1},"qualified_name":"Event"},"result":[{"type":"result","result":{"__is_pydantic":true,"value":{},'
    b'"qualified_name":""},"fanned_out":true}],"stamped_at":1795249137.8032286,"invocation_id":"invocation_1","sends":'
    b'[{"index":0,"event":{"add_collected","event_id":"delete_collected"},"qualified_name":'
    b'"workflows.runtime.types.ticks.TickStepResult"}\n'
    b't 2 {"__is_pydantic":true,"value":{"type":"add_event","event":{"__is_pydantic":true,"value":{},'
    b'"qualified_name":""},"stamped_at":1795249137.803633,"scope_path":["stream_1"],"emission":{"invocation_id":"invocation_1","index":0}},'
    b'"qualified_name":"workflows.runtime.types.ticks.TickAddEvent"}\n'
    b'{"seq":1,"t":1795249137.804983,"kind":"event","key":"invocation_1.0","type":"","module":"","via":"returned","by":'
    b'"invocation_1","from_step":"","fields":{"},"engine":{"steps":{"":{"busy":[[0,1,[]]]}}}}\n'
    b'{"seq":2,"t":1795249137.805040,"kind":"invocation_ended","invocation":"invocation_1","step":"","took_ms":0.625,'
    b'"gave":["invocation_1.0"],"gives":{"":1},"outcome":"ok"}\n'
    b'{"seq":3,"t":1795249137.804020,"kind":"invocation_started","invocation":"invocation_2","step":"","consumed":'
    b'["invocation_1.0"],"worker":0,"workers":4,"attempt":1,"queue_ms":0.147,"work_item":"work_item_2","takes":{"":1},'
    b'"engine":{"steps":{"":{"busy":[[0,0,[{"invocation":"invocation_2","worker":0,"work_item":"work_item_2","events":'
    b'["invocation_1.0"]}]]]}}}}\n'
)

_DICTIONARIES = {zlib.adler32(text): text for text in (DICTIONARY_1,)}
_HAS_DICTIONARY = 0x20
"""The bit of zlib's second byte that says that a dictionary's checksum follows."""


def pack(lines: Sequence[str]) -> bytes:
    """The lines as a block."""
    packer = zlib.compressobj(zdict=DICTIONARY_1)
    return packer.compress("\n".join(lines).encode()) + packer.flush()


def unpack(block: bytes) -> list[bytes]:
    """The lines of a block, each as UTF-8. Raises zlib.error if it is damaged, or packed in a way unknown here."""
    if len(block) > 6 and block[1] & _HAS_DICTIONARY:
        text = _DICTIONARIES.get(int.from_bytes(block[2:6], "big"))
        if text is None:
            raise zlib.error("the block was packed by a newer Stepscope")
        unpacker = zlib.decompressobj(zdict=text)
        lines = unpacker.decompress(block).split(b"\n")
        if not unpacker.eof:
            raise zlib.error("the block is cut")
        return lines
    return zlib.decompress(block).split(b"\n")
