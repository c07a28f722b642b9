using Crm.EventStore;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>What is asked of every record of a selection.</summary>
/// <param name="OwnerId">Who becomes responsible.</param>
/// <param name="Tag">A tag.</param>
public sealed record BulkInput(Guid? OwnerId = null, string? Tag = null);

/// <summary>The circumstances in which a command is decided for one record.</summary>
/// <param name="Input">What is asked.</param>
/// <param name="Before">Who was responsible before, when it is taken back.</param>
/// <param name="Access">What who began the job may do at this moment.</param>
/// <param name="Now">The circumstances.</param>
/// <param name="Facts">What <see cref="BulkAction{T}.Load"/> has looked up.</param>
public sealed record BulkStep(BulkInput Input, Guid? Before, Access Access, Now Now, object? Facts)
{
    /// <summary>Whether there is such a user.</summary>
    public bool IsUser(Guid? id) => id is { } user && Access.Picture.Members.ContainsKey(user);
}

/// <summary>A command on one record that can be given to any selection of a list.</summary>
/// <typeparam name="T">The record's state.</typeparam>
/// <param name="Code">Its name in the API: <c>addTag</c>.</param>
/// <param name="Right">The right it demands for every record.</param>
/// <param name="Decide">The decision of the command that people give to one record.</param>
/// <param name="Back">The decision that takes it back; null if what the job made of the record is not there any more.</param>
public sealed record BulkAction<T>(string Code, Right Right, Func<T, BulkStep, Decision> Decide, Func<T, BulkStep, Decision?> Back) where T : Document, IAggregate<T>
{
    /// <summary>The member of the request that it takes beside the records: <c>ownerId</c> or <c>tag</c>; null for none.</summary>
    public string? Takes { get; init; }

    /// <summary>Checks that member by the validator of the command that people give to one record; throws what that would.</summary>
    public Action<BulkInput, HttpContext>? Check { get; init; }

    /// <summary>Looks up, for all records of a chunk at once, what taking it back must know.</summary>
    public Func<DocumentStore, IReadOnlyList<T>, CancellationToken, Task<object>>? Load { get; init; }

    /// <summary>Whether the command itself must know it as well.</summary>
    public bool LoadsToDo { get; init; }

    /// <summary>Who is responsible for the record; only where the command makes it somebody else's, so that who gave it away can take it back.</summary>
    public Func<T, Guid?>? Owner { get; init; }
}
