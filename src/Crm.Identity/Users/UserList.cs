using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Identity;

/// <summary>The users to list and search.</summary>
internal sealed class Users : DocumentProjection<User>
{
    public override string Table => "identity.users";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(UserRegistered), typeof(UserChanged), typeof(UserPasswordSet), typeof(UserRemoved)];

    public override IEnumerable<string?> SearchTexts(User document) => [document.UserName, document.DisplayName, document.Department];
}
