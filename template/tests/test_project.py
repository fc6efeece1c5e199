"""The answers given when the project was made."""

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from config.project import PROJECT, DatabaseAddress, RedisAddress, load

if TYPE_CHECKING:
    from pathlib import Path

ODD = "p@ss/w:rd?#%&+ä"


def test_project_has_a_name_and_a_real_time_zone() -> None:
    """What was answered can be used."""
    assert PROJECT.name
    assert PROJECT.slug
    assert ZoneInfo(PROJECT.time_zone).key == PROJECT.time_zone
    assert PROJECT.redis.cache_db != PROJECT.redis.session_db


def test_password_is_quoted_in_urls() -> None:
    """Any password can stand in an address."""
    database = DatabaseAddress("app", "app", "db", 5432).url(ODD)
    redis = RedisAddress("redis", 6379, 0, 1).url(ODD)
    for url in (database, redis):
        assert unquote(urlsplit(url).password or "") == ODD
    assert urlsplit(database).path == "/app"
    assert urlsplit(redis).path == "/0"


def test_file_is_read_as_utf8(tmp_path: "Path") -> None:
    """A project may have a name in any script."""
    path = tmp_path / "project.toml"
    path.write_text(
        'slug = "shop"\nname = "Лавка 店"\ndescription = ""\n'
        'domain = "shop.example"\ntime_zone = "UTC"\n'
        '[database]\nname = "a"\nuser = "b"\nhost = "c"\nport = 1\n'
        '[redis]\nhost = "d"\nport = 2\ncache_db = 3\nsession_db = 4\n',
        encoding="utf-8",
    )
    project = load(path)
    assert project.name == "Лавка 店"
    assert project.database == DatabaseAddress("a", "b", "c", 1)
    assert project.redis == RedisAddress("d", 2, 3, 4)
