"""Requests take turns in a process, and none waits long for a slow one."""

import threading

from pb.web.turnstile import Turnstile

AGES = 30.0  # seconds; longer than any test should take


class Application:
    """Answers when it is let; knows how many requests were inside at the same time."""

    def __init__(self) -> None:
        self.inside, self.most = 0, 0
        self.entered, self.may_leave = threading.Semaphore(0), threading.Event()
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.entered.release()
        assert self.may_leave.wait(AGES)
        with self._lock:
            self.inside -= 1
        if environ.get("breaks"):
            raise RuntimeError("broken")
        return [b"answer"]


def send(turnstile, **environ) -> threading.Thread:
    found = threading.Thread(target=turnstile, args=(environ, None), daemon=True)
    found.start()
    return found


def test_a_request_waits_until_the_one_before_has_its_answer():
    application = Application()
    turnstile = Turnstile(application, patience=AGES)
    requests = [send(turnstile) for _ in range(4)]
    assert application.entered.acquire(timeout=AGES)
    assert not application.entered.acquire(timeout=0.2)
    application.may_leave.set()
    for request in requests:
        request.join(AGES)
    assert application.most == 1
    assert not any(request.is_alive() for request in requests)


def test_the_others_go_on_without_a_slow_request_and_take_turns():
    slow, quick = Application(), Application()
    turnstile = Turnstile(lambda environ, start: environ["kind"](environ, start), patience=1.0)
    first = send(turnstile, kind=slow)
    assert slow.entered.acquire(timeout=AGES)
    others = [send(turnstile, kind=quick) for _ in range(2)]
    assert quick.entered.acquire(timeout=AGES)
    quick.may_leave.set()
    for request in others:
        request.join(AGES)
    assert quick.most == 1
    assert first.is_alive()
    slow.may_leave.set()
    first.join(AGES)
    assert not first.is_alive()


def test_after_an_error_the_next_request_gets_its_turn(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda details: None)
    application = Application()
    application.may_leave.set()
    turnstile = Turnstile(application, patience=AGES)
    send(turnstile, breaks=True).join(AGES)
    assert turnstile({}, None) == [b"answer"]
