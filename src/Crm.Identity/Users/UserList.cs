using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>The users to list and search.</summary>
internal sealed class Users : DocumentProjection<User>
{
    public const string TableName = "identity.users";

    public override string Table => TableName;

    // 2: the mail address.
    public override int Version => 2;

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(UserRegistered), typeof(UserChanged), typeof(UserPasswordSet), typeof(UserRemoved), typeof(UserEmailChanged),
        // These change no field; they are read for the version alone.
        typeof(UserInvited), typeof(UserSecondFactorEnabled), typeof(UserSecondFactorDisabled), typeof(UserSecondFactorReset), typeof(UserRecoveryCodesReplaced), typeof(UserSessionsRevoked),
    ];

    public override IEnumerable<string?> SearchTexts(User document) => [document.UserName, document.DisplayName, document.Department];
}

internal static class UserListFeature
{
    private static readonly ListSource Source = new(FieldMap.Of<User>(), Users.TableName);

    public static void Map(IEndpointRouteBuilder users) => users.MapList<User>(Source, Right.View("users"), _ => $"d.doc->>'removed' = 'false'");
}
