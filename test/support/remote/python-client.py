"""One task with a question, by the client of PyPI a2a-sdk: python-client.py URL BINDING. Prints one JSON document."""

import asyncio
import json
import sys
import uuid

import httpx
from a2a.client import ClientConfig, ClientFactory
from a2a.types import (
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTasksRequest,
    Message,
    Part,
    Role,
    SendMessageConfiguration,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskPushNotificationConfig,
    TaskState,
)


def request(text, **more):
    message = Message(
        message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=[Part(text=text)], **more
    )
    return SendMessageRequest(message=message, configuration=SendMessageConfiguration())


def name(state):
    return TaskState.Name(state)


async def events_of(stream):
    seen = []
    async for event in stream:
        kind = event.WhichOneof("payload")
        value = getattr(event, kind)
        state = name(value.status.state) if kind in ("task", "status_update") else None
        seen.append([kind, state])
        last = value
    return seen, last


async def main(url, binding):
    async with httpx.AsyncClient(timeout=30) as http:

        async def client(streaming):
            config = ClientConfig(
                streaming=streaming, httpx_client=http, supported_protocol_bindings=[binding]
            )
            return await ClientFactory(config).create_from_url(url)

        unary, streaming = await client(False), await client(True)
        found = {}
        events, last = await events_of(unary.send_message(request("hello")))
        found["unary"] = events
        task = await unary.get_task(GetTaskRequest(id=last.id))
        found["artifact"] = task.artifacts[0].parts[0].text
        found["stream"], _ = await events_of(streaming.send_message(request("hello again")))
        events, last = await events_of(unary.send_message(request("ask me")))
        found["asked"] = events
        answer = request("main", task_id=last.id, context_id=last.context_id)
        found["answered"], _ = await events_of(streaming.send_message(answer))
        waiting = request("wait")
        waiting.configuration.return_immediately = True
        _, last = await events_of(unary.send_message(waiting))
        push = TaskPushNotificationConfig(task_id=last.id, id="mine", url="https://example.com/hook")
        await unary.create_task_push_notification_config(push)
        listed = await unary.list_task_push_notification_configs(
            ListTaskPushNotificationConfigsRequest(task_id=last.id)
        )
        found["push"] = [config.id for config in listed.configs]
        await unary.delete_task_push_notification_config(
            DeleteTaskPushNotificationConfigRequest(task_id=last.id, id="mine")
        )
        subscription = streaming.subscribe(SubscribeToTaskRequest(id=last.id))
        first = await anext(subscription)
        found["subscribed"] = first.WhichOneof("payload")
        canceled = await unary.cancel_task(CancelTaskRequest(id=last.id))
        found["canceled"] = name(canceled.status.state)
        rest, _ = await events_of(subscription)
        found["after"] = rest
        page = await unary.list_tasks(ListTasksRequest(page_size=2))
        found["page"] = [len(page.tasks), page.total_size, page.next_page_token != ""]
        print(json.dumps(found))


asyncio.run(main(sys.argv[1], sys.argv[2]))
