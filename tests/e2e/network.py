"""A network between two processes on loopback that can be cut: a proxy that passes bytes on until it is told otherwise.

Runs in a thread of its own. `silence()` keeps connections and passes nothing on, as a lost route does; `reset()` ends all connections and accepts none, as a
firewall does; `heal()` ends both. What was held back by a silence is passed on after it, late but whole: TCP loses nothing without ending the connection.
"""
import asyncio
import threading


class Proxy:
    def __init__(self, port, target):
        self.port, self.target = port, target
        self.open, self.passing = True, None
        self.writers = set()
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()

    def silence(self):
        self._tell(lambda: self.passing.clear())

    def reset(self):
        self._tell(self._end_all)

    def heal(self):
        def mend():
            self.open = True
            self.passing.set()
        self._tell(mend)

    def close(self):
        self._tell(lambda: (self._end_all(), self.loop.stop()))
        self.thread.join(10)

    def _tell(self, what):
        self.loop.call_soon_threadsafe(what)

    def _end_all(self):
        self.open = False
        for writer in list(self.writers):
            writer.transport.abort()

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.passing = asyncio.Event()
        self.passing.set()
        self.loop.run_until_complete(asyncio.start_server(self._take, "127.0.0.1", self.port))
        ready.set()
        self.loop.run_forever()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.close()

    async def _take(self, reader, writer):
        if not self.open:
            return writer.transport.abort()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return writer.transport.abort()
        self.writers |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        self.writers -= {writer, far_writer}

    async def _pass(self, reader, writer):
        try:
            while data := await reader.read(65536):
                await self.passing.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
