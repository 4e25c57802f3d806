"""SMS.ru's codes and statuses, and what each means for a message.

From https://sms.ru/api/send and https://sms.ru/api/status. The codes 214 to 221, 233 and 501 to 550 are from two public
clients that copied the same table.
"""

from collections.abc import Mapping

from vestnik.gateways.adapter import Fate
from vestnik.gateways.outcome import Kind

_REFUSED, _THROTTLED, _ACCOUNT = Kind.REFUSED, Kind.THROTTLED, Kind.UNAUTHORIZED
#: Every code that may stand in an answer, of the request or of its number. What concerns our account or our settings,
#: not the message, must not fail one message after the other: 221 names the sender, 206 our limit of a day, 210 and 211
#: a wrong address. 204 is the number's: its operator is not connected for the sender's name, others are. 220 asks to
#: try again later, so it was not taken; 500 is an error of the server: who knows.
CODES: Mapping[int, tuple[Kind, str]] = {
    -1: (Kind.AMBIGUOUS, "Сообщение не найдено"),
    100: (Kind.SUCCESS, "Запрос выполнен или сообщение находится в нашей очереди"),
    101: (Kind.SUCCESS, "Сообщение передается оператору"),
    102: (Kind.SUCCESS, "Сообщение отправлено (в пути)"),
    103: (Kind.SUCCESS, "Сообщение доставлено"),
    104: (_REFUSED, "Не может быть доставлено: время жизни истекло"),
    105: (_REFUSED, "Не может быть доставлено: удалено оператором"),
    106: (_REFUSED, "Не может быть доставлено: сбой в телефоне"),
    107: (_REFUSED, "Не может быть доставлено: неизвестная причина"),
    108: (_REFUSED, "Не может быть доставлено: отклонено"),
    110: (Kind.SUCCESS, "Сообщение прочитано"),
    150: (_REFUSED, "Не может быть доставлено: не найден маршрут на данный номер"),
    200: (_ACCOUNT, "Неправильный api_id"),
    201: (_ACCOUNT, "Не хватает средств на лицевом счету"),
    202: (_REFUSED, "Неправильно указан номер телефона получателя, либо на него нет маршрута"),
    203: (_REFUSED, "Нет текста сообщения"),
    204: (_REFUSED, "Оператор этого номера не подключён для имени отправителя"),
    205: (_REFUSED, "Сообщение слишком длинное (превышает 8 СМС)"),
    206: (_ACCOUNT, "Будет превышен или уже превышен дневной лимит на отправку сообщений"),
    207: (_REFUSED, "На этот номер нет маршрута для доставки сообщений"),
    208: (_REFUSED, "Параметр time указан неправильно"),
    209: (_REFUSED, "Этот номер в вашем стоп-листе"),
    210: (_ACCOUNT, "Используется GET, где необходимо использовать POST"),
    211: (_ACCOUNT, "Метод не найден"),
    212: (_REFUSED, "Текст сообщения передан не в UTF-8"),
    213: (_REFUSED, "Слишком много номеров в списке получателей"),
    214: (_REFUSED, "Номер за рубежом (включена настройка «Отправлять только на номера РФ»)"),
    215: (_REFUSED, "Этот номер в стоп-листе SMS.RU"),
    216: (_REFUSED, "В тексте сообщения содержится запрещенное слово"),
    217: (_REFUSED, "В рекламе кредита нет обязательной фразы"),
    220: (_THROTTLED, "Сервис временно недоступен, попробуйте чуть позже"),
    221: (_ACCOUNT, "Необходимо создать буквенного отправителя"),
    230: (_REFUSED, "Превышен общий лимит количества сообщений на этот номер в день"),
    231: (_THROTTLED, "Превышен лимит одинаковых сообщений на этот номер в минуту"),
    232: (_REFUSED, "Превышен лимит одинаковых сообщений на этот номер в день"),
    233: (_THROTTLED, "Превышен лимит повторных сообщений с кодом на этот номер"),
    300: (_ACCOUNT, "Неправильный token"),
    301: (_ACCOUNT, "Неправильный api_id, либо логин/пароль"),
    302: (_ACCOUNT, "Аккаунт не подтвержден"),
    303: (_ACCOUNT, "Код подтверждения неверен"),
    304: (_ACCOUNT, "Отправлено слишком много кодов подтверждения"),
    305: (_ACCOUNT, "Слишком много неверных вводов кода"),
    500: (Kind.AMBIGUOUS, "Ошибка на сервере. Повторите запрос"),
    501: (_REFUSED, "Превышен лимит: IP пользователя из сети TOR"),
    502: (_REFUSED, "Превышен лимит: IP пользователя не совпадает с его страной"),
    503: (_THROTTLED, "Превышен лимит: слишком много сообщений в эту страну за короткий промежуток времени"),
    504: (_THROTTLED, "Превышен лимит: слишком много кодов авторизаций за рубеж за короткий промежуток времени"),
    505: (_REFUSED, "Превышен лимит: слишком много сообщений на один IP адрес"),
    506: (_REFUSED, "Превышен лимит: IP адрес пользователя принадлежит хостинговой компании"),
    507: (_REFUSED, "IP адрес пользователя указан неверно"),
    508: (_THROTTLED, "Превышен лимит: количество звонков за 5 минут"),
    550: (_REFUSED, "Страна заблокирована в целях безопасности"),
    901: (_ACCOUNT, "Callback: URL неверный"),
    902: (_ACCOUNT, "Callback: обработчик не найден"),
}
#: The account's wherever they stand: money and the limit of a day. Any other error of a number in a request that was
#: accepted ("no errors in authorisation, no problems with the sender", api/send) refuses that message only.
OF_THE_ACCOUNT = frozenset((201, 206))
#: Statuses of messages; -1, not found, says nothing.
STATUSES: Mapping[int, Fate | None] = {
    -1: None, 100: Fate.ACCEPTED, 101: Fate.ON_ITS_WAY, 102: Fate.ON_ITS_WAY, 103: Fate.DELIVERED,
    104: Fate.UNDELIVERED, 105: Fate.UNDELIVERED, 106: Fate.UNDELIVERED, 107: Fate.UNDELIVERED, 108: Fate.UNDELIVERED,
    110: Fate.DELIVERED, 150: Fate.UNDELIVERED,
}  # fmt: skip
