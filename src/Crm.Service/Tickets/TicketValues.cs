using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Service;

/// <summary>The values of unique custom fields of tickets.</summary>
internal sealed class TicketValues(PersonalData? personal) : TakenValues(Table, personal)
{
    public const string Table = "service.unique_values";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(TicketOpened), typeof(TicketDetailsChanged)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case TicketOpened { Unique: { } unique, Custom: { } custom }: Take(sql, e.StreamId, unique, custom); break;
            case TicketDetailsChanged { Custom: { } custom } x: Take(sql, e.StreamId, x.Unique, custom); break;
        }
    }
}
