"""Stands in for a module of kafka-python's tests that its published source lacks: a broker that somebody else runs."""


class ExternalService:
    def __init__(self, host, port):
        self.host, self.port = host, port

    def open(self):
        pass

    def close(self):
        pass

    def stop(self):
        pass


class SpawnedService:
    def __init__(self, args=None, env=None):
        raise RuntimeError("these tests run against a broker that is there already")
