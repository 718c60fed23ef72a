"""SMS on its way in. `docs/partners/sms.md` is written for those who connect a gateway."""
