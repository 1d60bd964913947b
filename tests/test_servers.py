"""The servers that tests start keep address and data over a crash."""

from psycopg import connect
from redis import Redis

from tests.servers import PostgresServer, RedisServer


def test_redis_has_its_data_again_after_it_was_killed(redis_process: RedisServer) -> None:
    with Redis.from_url(redis_process.url) as redis:
        redis.set("kept", "yes")
    redis_process.kill()
    redis_process.start()
    with Redis.from_url(redis_process.url) as redis:
        assert redis.get("kept") == b"yes"
        redis.delete("kept")


def test_postgresql_has_its_data_again_after_a_crash(postgres_server: PostgresServer) -> None:
    address = postgres_server.new_database()
    with connect(address) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('yes')")
    postgres_server.restart("immediate")
    with connect(address) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("yes",)
