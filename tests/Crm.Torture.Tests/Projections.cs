using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Torture.Tests;

/// <summary>Counts events: what is projected twice is seen.</summary>
internal sealed class Counts : TableProjection
{
    public const string ProjectionName = "torture.counts";

    /// <summary>Its table, made by the test.</summary>
    public const string Schema = "create schema if not exists torture; create table torture.counts (stream_id uuid primary key, events bigint not null)";

    public override string Name => ProjectionName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(FollowUpLogged)];

    public override void Project(Event e, SqlBatch sql) =>
        sql.Add($"insert into {sql.Table(ProjectionName)} as c (stream_id, events) values ({e.StreamId}, 1) on conflict (stream_id) do update set events = c.events + 1");
}

/// <summary>Cannot bear one customer.</summary>
internal sealed class Poison : TableProjection
{
    public const string ProjectionName = "torture.poison";

    /// <summary>The name of that customer.</summary>
    public const string Customer = "无法投影有限公司";

    /// <summary>Its table, made by the test.</summary>
    public const string Schema = "create schema if not exists torture; create table torture.poison (stream_id uuid primary key)";

    public override string Name => ProjectionName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CustomerRegistered)];

    public override void Project(Event e, SqlBatch sql)
    {
        if (e.Data is CustomerRegistered { Name: Customer }) throw new InvalidOperationException("This event cannot be projected.");
        sql.Add($"insert into {sql.Table(ProjectionName)} (stream_id) values ({e.StreamId})");
    }
}
