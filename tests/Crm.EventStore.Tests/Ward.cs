using System.Collections.Immutable;
using System.Reflection;
using Npgsql;

namespace Crm.EventStore.Tests;

[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute(char kind) : Attribute
{
    public char Kind => kind;
}

[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class)]
public sealed class WhoseAttribute : Attribute;

public sealed record PatientAdmitted([property: Secret('N')] string Name, [property: Secret('p')] string? Phone, string Room, [property: Secret('b')] DateOnly? Birthday = null);

public sealed record PatientMoved(string Room);

public sealed record VisitorCame([property: Whose] Guid VisitorId, [property: Secret('N')] string Name, [property: Secret('t')] string[]? Notes = null);

public sealed record PatientErased(string Placeholder);

public sealed record Visitor([property: Whose] Guid Id, string Name, [property: Secret('t')] string[]? Notes);

/// <summary>A patient: the name in plain, everything else of the person encrypted; each visitor is a person of their own.</summary>
[Whose]
public sealed record Patient : Document, IAggregate<Patient>
{
    public string Name { get; init; } = "";

    [Secret('p')]
    public string? Phone { get; init; }

    [Secret('b')]
    public DateOnly? Birthday { get; init; }

    public string Room { get; init; } = "";

    public ImmutableArray<Visitor> Visitors { get; init; } = [];

    public static Patient? Evolve(Patient? state, Event e) => (state, e.Data) switch
    {
        (null, PatientAdmitted x) => new Patient { Name = x.Name, Phone = x.Phone, Room = x.Room, Birthday = x.Birthday },
        (not null, PatientMoved x) => state with { Room = x.Room },
        (not null, VisitorCame x) => state with { Visitors = state.Visitors.Add(new Visitor(x.VisitorId, x.Name, x.Notes)) },
        (not null, PatientErased x) => state with { Name = x.Placeholder, Phone = null, Birthday = null, Visitors = [] },
        _ => state,
    };
}

public sealed class Patients(PersonalData personal) : DocumentProjection<Patient>
{
    public static readonly string Schema = "create schema ward;" + TableSql("ward.patients");

    public override string Table => "ward.patients";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(PatientAdmitted), typeof(PatientMoved), typeof(VisitorCame), typeof(PatientErased)];

    public override IEnumerable<string?> SearchTexts(Patient document) => [document.Name];

    public override IEnumerable<string> BlindTexts(Patient document) => document.Phone is null ? [] : [personal.Blind("phone", document.Phone)];

    public override bool Erases(Event e) => e.Data is PatientErased;
}

public static class Ward
{
    public static PersonalMarks Marks { get; } = new(m => m.GetCustomAttribute<SecretAttribute>()?.Kind, m => m.IsDefined(typeof(WhoseAttribute)));

    public static string Gone(Guid person) => $"gone {person.ToString()[..8]}";

    public static async Task<PersonalData> OpenAsync(NpgsqlDataSource source, IKeyManagement masters)
    {
        var personal = new PersonalData(source, masters, Marks, Gone);
        await personal.OpenAsync();
        return personal;
    }

    public static DocumentStore Store(NpgsqlDataSource source, PersonalData? personal, int snapshotEvery = 0)
    {
        var options = new StoreOptions { DataSource = source, Personal = personal, Search = texts => (string.Join('\n', texts), [.. texts.OfType<string>()]) };
        options.Events.Add<PatientAdmitted>().Add<PatientMoved>().Add<VisitorCame>().Add<PatientErased>();
        if (personal is not null) options.Projections.Add(new Patients(personal), ProjectionLifecycle.Async);
        if (snapshotEvery > 0) options.Snapshots.Add<Patient>(1, SnapshotLifecycle.Inline, snapshotEvery);
        return new DocumentStore(options);
    }
}
