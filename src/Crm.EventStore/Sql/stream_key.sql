-- Every statement that appends writes or locks the stream's row first, so an event without its stream cannot come about; asking for the
-- row once more for every event costs as much again as storing it. The key stays declared, with Marten's name and text.
-- `alter table events.mt_events alter constraint fkey_mt_events_stream_id enforced` proves it over the whole log.
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    execute 'alter table events.mt_events alter constraint fkey_mt_events_stream_id not enforced';
  end if;
end $$;
