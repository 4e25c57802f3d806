-- An anti-join first, because a conflict would still use up an id; ON CONFLICT for a client who is added meanwhile.
--
-- Most have a name and some points, for personal texts: made of the phone, so that they are the same for everybody.
INSERT INTO vestnik_client (phone_number, mobile_operator_code, tag, timezone, attributes)
SELECT phone, code, tag, zone, nullif(jsonb_strip_nulls(jsonb_build_object(
    'bonus', CASE WHEN phone %% 17 <> 0 THEN phone * 31 %% 3000 END,
    'first_name', CASE WHEN phone %% 13 <> 0 THEN (ARRAY[
        'Александр', 'Алексей', 'Андрей', 'Анна', 'Галина', 'Дмитрий', 'Екатерина', 'Елена', 'Ирина', 'Мария', 'Михаил',
        'Наталья', 'Николай', 'Ольга', 'Павел', 'Сергей', 'Светлана', 'Татьяна', 'Юлия'])[1 + phone %% 19] END
)), '{{}}')
FROM sample s
WHERE NOT EXISTS (SELECT FROM vestnik_client c WHERE c.phone_number = s.phone)
ON CONFLICT (phone_number) DO NOTHING
