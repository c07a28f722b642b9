namespace Crm.Contracts;

/// <summary>Names of users and clients, for every module that shows who did something.</summary>
public interface IUserDirectory
{
    /// <summary>The display names of those identifiers that are known.</summary>
    Task<IReadOnlyDictionary<string, string>> NamesAsync(IEnumerable<string> ids, CancellationToken ct = default);
}
