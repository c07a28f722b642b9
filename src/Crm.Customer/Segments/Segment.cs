using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Customers;

/// <summary>A group of customers under a name: those a filter finds, or those it found when it was settled (S020).</summary>
internal sealed record Segment : Document, IAggregate<Segment>
{
    public string Name { get; init; } = "";

    public string Filter { get; init; } = "";

    /// <summary>Whether everybody sees it, or only who saved it.</summary>
    public bool Shared { get; init; }

    /// <summary>When its members were settled; null while they follow the filter.</summary>
    public DateTimeOffset? FrozenAt { get; init; }

    /// <summary>How many were settled.</summary>
    public int? FrozenCount { get; init; }

    public bool Deleted { get; init; }

    public static Segment? Evolve(Segment? state, Event e) => (state, e.Data) switch
    {
        (null, SegmentSaved x) => new Segment { Name = x.Name, Filter = x.Filter, Shared = x.Shared },
        (not null, SegmentChanged x) => state with { Name = x.Name ?? state.Name, Filter = x.Filter ?? state.Filter, Shared = x.Shared ?? state.Shared },
        (not null, SegmentFrozen x) => state with { FrozenAt = e.Timestamp, FrozenCount = x.Members.Length },
        (not null, SegmentThawed) => state with { FrozenAt = null, FrozenCount = null },
        (not null, SegmentRemoved) => state with { Deleted = true },
        _ => state,
    };

    /// <summary>Whether a user may see and use it.</summary>
    public bool IsOpenTo(string user) => Shared || CreatedBy == user;
}

internal static class SegmentErrors
{
    public static readonly Rejection Unknown = new("not_found", "没有这个细分。", "There is no such segment.", 404);

    public static readonly Rejection Personal = new(
        "personal_filter", "细分的条件不能含有姓名、电话、邮箱等个人信息，也不能引用其他细分。", "A segment's filter cannot speak of names, numbers or addresses of persons, nor of another segment.", 400, "filter");

    public static readonly Rejection Frozen = new("segment_frozen", "细分已固定；请先恢复为动态，再修改条件。", "The segment is settled; let it follow its filter before changing it.", 409, "filter");

    public static Rejection TooMany(int most) => new("too_many", $"固定的细分最多 {most} 个客户：请缩小条件后分成几个细分，或让细分保持动态。", $"A settled segment has at most {most} customers: narrow the filter and make several, or let it follow its filter.", 409);
}

internal sealed class SegmentResource : Resource<Segment>
{
    public override string Name => "segments";

    public override Ownership<Segment>? Ownership => null;

    public override bool IsGone(Segment state) => state.Deleted;

    public override ValueTask<JsonObject> Represent(Segment state, DateTimeOffset at, CancellationToken ct)
    {
        var json = Json(state);
        json.Remove("deleted");
        return ValueTask.FromResult(json);
    }
}

/// <summary>The segments to list.</summary>
internal sealed class Segments : DocumentProjection<Segment>
{
    public override string Table => "customer.segments";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(SegmentSaved), typeof(SegmentChanged), typeof(SegmentFrozen), typeof(SegmentThawed), typeof(SegmentRemoved)];

    public override IEnumerable<string?> SearchTexts(Segment document) => [document.Name];
}

/// <summary>Who belongs to settled segments, in the transaction of the event.</summary>
internal sealed class SegmentMembers : TableProjection
{
    public override string Name => "customer.segment_members";

    public override IReadOnlyList<string> Tables => ["customer.segment_members", "customer.segment_filters"];

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(SegmentSaved), typeof(SegmentChanged), typeof(SegmentFrozen), typeof(SegmentThawed), typeof(SegmentRemoved)];

    public override void Project(Event e, SqlBatch sql)
    {
        var (members, filters) = (sql.Table("customer.segment_members"), sql.Table("customer.segment_filters"));
        switch (e.Data)
        {
            case SegmentSaved x:
                sql.Add($"insert into {filters} (segment_id, filter, frozen) values ({e.StreamId}, {x.Filter}, false)");
                break;
            case SegmentChanged { Filter: { } filter }:
                sql.Add($"update {filters} set filter = {filter} where segment_id = {e.StreamId}");
                break;
            case SegmentFrozen x:
                sql.Add($"update {filters} set frozen = true where segment_id = {e.StreamId}");
                sql.Add($"insert into {members} (segment_id, customer_id) select {e.StreamId.ToString()}, unnest({x.Members}) on conflict do nothing");
                break;
            case SegmentThawed:
                sql.Add($"update {filters} set frozen = false where segment_id = {e.StreamId}");
                sql.Add($"delete from {members} where segment_id = {e.StreamId.ToString()}");
                break;
            case SegmentRemoved:
                sql.Add($"delete from {members} where segment_id = {e.StreamId.ToString()}");
                sql.Add($"delete from {filters} where segment_id = {e.StreamId}");
                break;
        }
    }
}
