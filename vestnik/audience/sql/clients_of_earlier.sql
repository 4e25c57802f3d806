({file:of_earlier}) e JOIN vestnik_client c ON c.phone_number = e.phone
