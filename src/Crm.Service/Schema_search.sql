-- What changed last, for the search over everything.
create index on service.tickets (known_from);
