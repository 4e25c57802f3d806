"""Places and other names that people write for a time zone, and the IANA zone of each.

Regions of Russia: Federal Law of 3 June 2011 No. 107-FZ "On the Calculation of Time", article 5 with its amendments
up to 2020 (Volgograd). Which IANA zone keeps a region's time: ``zone1970.tab`` and ``zone.tab`` of tzdata. Kazakhstan
keeps one time since 1 March 2024 (government decree of 19 January 2024 No. 20). Names of Windows: CLDR,
``windowsZones.xml``.
The tests compare each place with the offset that the law gives it.
"""

#: The zone of each Russian time, by its hours from UTC. Numbers of other countries than Russia and
#: Kazakhstan are not taken, so an offset alone means that time; the zone is the one that carries the time's name in
#: Russian decrees, or the largest city. So such clients stand in the same zone as those whose city was named, and are
#: found by one filter.
RUSSIAN_OFFSETS = {
    2: "Europe/Kaliningrad",
    3: "Europe/Moscow",
    4: "Europe/Samara",
    5: "Asia/Yekaterinburg",
    6: "Asia/Omsk",
    7: "Asia/Krasnoyarsk",
    8: "Asia/Irkutsk",
    9: "Asia/Yakutsk",
    10: "Asia/Vladivostok",
    11: "Asia/Magadan",
    12: "Asia/Kamchatka",
}

#: Names, between commas, without the word for what they are (область, край, республика, округ, город).
PLACES = {
    "Europe/Kaliningrad": "Калининград, Калининградская, калининградское, Kaliningrad Standard Time, Черняховск",
    "Europe/Moscow": """
        Москва, Московская, московское, МСК, MSK, Москве, Москва и Московская, Подмосковье, Russian Standard Time,
        Санкт-Петербург, Петербург, СПб, С-Петербург, Питер, Saint Petersburg, St Petersburg, Ленинградская,
        Адыгея, Дагестан, Ингушетия, Кабардино-Балкария, Кабардино-Балкарская, КБР, Калмыкия, Карачаево-Черкесия,
        Карачаево-Черкесская, КЧР, Карелия, Коми, Марий Эл, Мордовия, Северная Осетия, Северная Осетия Алания,
        РСО Алания, Татарстан, Чечня, Чеченская, Чувашия, Чувашская, Чувашская Чувашия, Краснодарский, Кубань,
        Ставропольский, Архангельская, Белгородская, Брянская, Владимирская, Вологодская, Воронежская, Ивановская,
        Калужская, Костромская, Курская, Липецкая, Мурманская, Нижегородская, Новгородская, Орловская,
        Пензенская, Псковская,
        Ростовская, Рязанская, Смоленская, Тамбовская, Тверская, Тульская, Ярославская, Ненецкий, НАО,
        Майкоп, Махачкала, Магас, Назрань, Нальчик, Элиста, Черкесск, Петрозаводск, Сыктывкар, Йошкар-Ола, Саранск,
        Владикавказ, Казань, Набережные Челны, Нижнекамск, Альметьевск, Грозный, Чебоксары, Краснодар, Сочи,
        Новороссийск, Армавир, Ставрополь, Пятигорск, Архангельск, Северодвинск, Белгород, Старый Оскол, Брянск,
        Владимир, Вологда, Череповец, Воронеж, Иваново, Калуга, Обнинск, Кострома, Курск, Липецк, Мурманск,
        Нижний Новгород, Нижний, Н Новгород, Дзержинск, Великий Новгород, Орёл, Пенза, Псков, Ростов-на-Дону, Таганрог,
        Рязань, Смоленск, Тамбов, Тверь, Тула, Ярославль, Рыбинск, Нарьян-Мар, Химки, Балашиха, Подольск, Королёв,
        Мытищи, Люберцы, Красногорск, Одинцово, Домодедово, Серпухов, Коломна, Зеленоград, Гатчина, Выборг""",
    "Europe/Simferopol": "Крым, Симферополь, Севастополь, Керчь, Ялта, Евпатория, Crimea",
    "Europe/Kirov": "Киров, Кировская",
    "Europe/Volgograd": "Волгоград, Волгоградская, Волжский, Volgograd Standard Time",
    "Europe/Astrakhan": "Астрахань, Астраханская, Astrakhan Standard Time",
    "Europe/Saratov": "Саратов, Саратовская, Энгельс, Балаково, Saratov Standard Time",
    "Europe/Ulyanovsk": "Ульяновск, Ульяновская, Димитровград",
    "Europe/Samara": """
        Самара, Самарская, самарское, SAMT, Тольятти, Сызрань, Russia Time Zone 3,
        Удмуртия, Удмуртская, Ижевск, Сарапул, Воткинск""",
    "Asia/Yekaterinburg": """
        Екатеринбург, Ekaterinburg, YEKT, екатеринбургское, Ekaterinburg Standard Time, Свердловская, Нижний Тагил,
        Каменск-Уральский, Башкортостан, Башкирия, Уфа, Стерлитамак, Салават, Нефтекамск, Пермский, Пермь, Березники,
        Курганская, Курган, Оренбургская, Оренбург, Орск, Тюменская, Тюмень, Тобольск, Челябинская, Челябинск,
        Магнитогорск, Златоуст, Миасс, ХМАО, ХМАО Югра, Югра, Ханты-Мансийский, Ханты-Мансийский Югра, Ханты-Мансийск,
        Сургут, Нижневартовск, Нефтеюганск, ЯНАО, Ямало-Ненецкий, Салехард, Новый Уренгой, Ноябрьск""",
    "Asia/Omsk": "Омск, Омская, омское, OMST, Omsk Standard Time",
    "Asia/Krasnoyarsk": """
        Красноярск, Красноярский, красноярское, KRAT, Норильск, Ачинск, Канск, North Asia Standard Time,
        Хакасия, Абакан, Тыва, Тува, Кызыл""",
    "Asia/Novosibirsk": "Новосибирск, Новосибирская, NOVT, Бердск, Искитим, N Central Asia Standard Time",
    "Asia/Barnaul": "Алтайский, Барнаул, Бийск, Рубцовск, Алтай, Горно-Алтайск, Altai Standard Time",
    "Asia/Tomsk": "Томск, Томская, Северск, Tomsk Standard Time",
    "Asia/Novokuznetsk": "Кемеровская, Кемеровская Кузбасс, Кузбасс, Кемерово, Новокузнецк, Прокопьевск",
    "Asia/Irkutsk": """
        Иркутск, Иркутская, иркутское, IRKT, Братск, Ангарск, North Asia East Standard Time, Бурятия, Улан-Удэ""",
    "Asia/Chita": "Забайкальский, Забайкалье, Чита, Transbaikal Standard Time",
    "Asia/Yakutsk": """
        Якутск, якутское, YAKT, Нерюнгри, Мирный, Yakutsk Standard Time, Амурская, Благовещенск, Белогорск, Тында""",
    "Asia/Khandyga": "Хандыга",
    "Asia/Vladivostok": """
        Владивосток, владивостокское, VLAT, Vladivostok Standard Time, Приморский, Приморье, Находка, Уссурийск,
        Хабаровск, Хабаровский, Комсомольск-на-Амуре, Еврейская, ЕАО, Биробиджан""",
    "Asia/Ust-Nera": "Усть-Нера",
    "Asia/Magadan": "Магадан, Магаданская, магаданское, MAGT, Magadan Standard Time",
    "Asia/Sakhalin": "Сахалинская, Сахалин, Южно-Сахалинск, SAKT, Sakhalin Standard Time",
    "Asia/Srednekolymsk": "Среднеколымск, Северо-Курильск, Russia Time Zone 10",
    "Asia/Kamchatka": """
        Камчатский, Камчатка, камчатское, PETT, Петропавловск-Камчатский, Russia Time Zone 11""",
    "Asia/Anadyr": "Чукотский, Чукотка, Анадырь, ANAT",
    "Asia/Almaty": """
        Казахстан, Kazakhstan, Алматы, Алма-Ата, Астана, Нур-Султан, Шымкент, Чимкент, Караганда, Тараз, Павлодар,
        Семей, Усть-Каменогорск, Оскемен, Туркестан, Талдыкорган, Кокшетау, Алматинская, Карагандинская""",
    "Asia/Qyzylorda": "Кызылорда, Qyzylorda Standard Time",
    "Asia/Qostanay": "Костанай, Кустанай",
    "Asia/Aqtobe": "Актобе",
    "Asia/Aqtau": "Актау",
    "Asia/Atyrau": "Атырау",
    "Asia/Oral": "Уральск, Орал",
    "Europe/Minsk": "Беларусь, Белоруссия, Минск, Belarus Standard Time",
    "Asia/Yerevan": "Армения, Ереван",
    "Asia/Baku": "Азербайджан, Баку",
    "Asia/Tbilisi": "Грузия, Тбилиси",
    "Asia/Bishkek": "Киргизия, Кыргызстан, Бишкек",
    "Asia/Tashkent": "Узбекистан, Ташкент",
    "Asia/Dushanbe": "Таджикистан, Душанбе",
    "Asia/Ashgabat": "Туркмения, Туркменистан, Ашхабад",
    "Europe/Chisinau": "Молдова, Молдавия, Кишинёв",
    "UTC": "UTC, GMT, Гринвич, всемирное",
}

#: Places that keep several times, and their zones: the part must be named, or the offset.
DIVIDED_PLACES = {
    "Якутия, Саха, Саха Якутия, Yakutia": ("Asia/Yakutsk", "Asia/Vladivostok", "Asia/Srednekolymsk"),
    "Россия, РФ, Российская Федерация, Russia": tuple(RUSSIAN_OFFSETS.values()),
}
