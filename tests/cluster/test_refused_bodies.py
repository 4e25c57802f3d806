"""A refusal of a request with a body arrives: the body is read even when nobody looks at it."""

import http.client
from collections import Counter
from urllib.parse import urlparse

from harness.cluster import Cluster


def test_who_may_not_is_told_so_each_time_whatever_body_came(cluster: Cluster) -> None:
    address, answers = urlparse(cluster.url), Counter[int]()
    for number in range(200):
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
        method, path = ("PATCH", "/client/1") if number % 2 else ("PUT", "/auth/user/")
        connection.request(method, path, b'{"tag": "vip"}', {"Content-Type": "application/json"})
        answers[connection.getresponse().status] += 1
        connection.close()
    assert answers == {401: 200}
