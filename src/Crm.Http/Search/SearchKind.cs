using Crm.Contracts;
using Crm.EventStore;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>A member of a document by which quick search finds it.</summary>
/// <param name="Path">Its place in the document as lists show it; a list or an object on the way stands for all that is in it: <c>contacts.name</c>.</param>
/// <param name="Personal">What it is if it lies encrypted and is found by its hash.</param>
public sealed record SearchField(string Path, PersonalKind? Personal = null)
{
    /// <summary>A field that lies in plain.</summary>
    public static implicit operator SearchField(string path) => FromString(path);

    /// <summary>A field that lies in plain.</summary>
    public static SearchField FromString(string path) => new(path);
}

/// <summary>One kind of record among those that the search over everything finds; a module adds its own by <see cref="SearchKinds.AddSearch{T}"/>.</summary>
/// <param name="Type">The resource's name, in the answer and in <c>types</c>.</param>
/// <param name="Rows">Where the records lie; its table has an index on <c>known_from</c>.</param>
/// <param name="Title">The member a record is called by.</param>
/// <param name="Fields">What a record is found by.</param>
public sealed record SearchKind(string Type, ListSource Rows, string Title, IReadOnlyList<SearchField> Fields)
{
    /// <summary>Members beside the title that tell records of one name apart.</summary>
    public IReadOnlyList<string> Subtitle { get; init; } = [];

    /// <summary>Who is responsible: the field of the list.</summary>
    public string Owner { get; init; } = "ownerId";

    /// <summary>A field with an index, whose value may have been typed wholly; null for none.</summary>
    public string? Key { get; init; }

    /// <summary>Whether a record may be found by what the list finds it by beside its own texts, such as by its customer's.</summary>
    public bool OwnTextsOnly { get; init; }

    /// <summary>Told of what was found, such as what keeps a ledger of it.</summary>
    public Func<HttpContext, DocumentStore, ListQuery, ListPage, Task>? Read { get; init; }

    /// <summary>Which rows the caller may see; null for all.</summary>
    internal Func<Access, Func<SqlParameters, string>?> Visible { get; init; } = _ => null;
}

/// <summary>Registering kinds of records.</summary>
public static class SearchKinds
{
    /// <summary>Adds records to what the search over everything finds. They come in the order in which the modules are added.</summary>
    /// <param name="services">The services.</param>
    /// <param name="kind">The kind.</param>
    public static IServiceCollection AddSearch<T>(this IServiceCollection services, Func<DocumentStore, SearchKind> kind) where T : Document, IAggregate<T> => services.AddSingleton(s =>
    {
        var (own, resource) = (kind(s.GetRequiredService<DocumentStore>()), s.GetRequiredService<Resource<T>>());
        return own with { Visible = access => access.Visible(resource, own.Rows.Fields.Alias, own.Rows.Table, isPast: false) };
    });
}
