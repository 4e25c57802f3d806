"""The same REST API as the tutorials of Django REST framework and of simplejwt write it.

A ``ModelViewSet`` with a ``ModelSerializer`` for clients and for mailings behind a ``DefaultRouter``, tokens by
simplejwt, statistics by ``annotate(Count(…, filter=…))`` over the messages. The settings are those of ``startproject``
and of these tutorials. Connections are kept for ten minutes (``CONN_MAX_AGE``), as guides to deployment say: a new one
for each request would cost more than most of these requests. It writes no audit and no log, checks no texts, and sends
no message.

https://www.django-rest-framework.org/tutorial/quickstart/,
https://django-rest-framework-simplejwt.readthedocs.io/en/latest/getting_started.html
"""
