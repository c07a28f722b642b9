-- What a customer wrote is personal and stays with the ticket, where it is encrypted; the figures need the score.
alter table analytics.ratings drop column comment;
