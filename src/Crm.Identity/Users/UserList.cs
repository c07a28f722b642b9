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

    // 4: who stands in when.
    public override int Version => 5;

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(UserRegistered), typeof(UserChanged), typeof(UserPasswordSet), typeof(UserRemoved), typeof(UserEmailChanged), typeof(AbsenceDelegated), typeof(DelegationEnded),
        // These change no field; they are read for the version alone.
        typeof(UserInvited), typeof(UserSecondFactorEnabled), typeof(UserSecondFactorDisabled), typeof(UserSecondFactorReset), typeof(UserRecoveryCodesReplaced), typeof(UserSessionsRevoked),
    ];

    public override IEnumerable<string?> SearchTexts(User document) => [document.UserName, document.DisplayName, document.Department];
}

internal static class UserListFeature
{
    private static readonly ListSource Source = new(FieldMap.Of<User>().Add("department", FieldType.Text, "coalesce(p.doc->>'name', d.doc->>'department')"), Users.TableName)
    {
        Joins = "left join identity.departments p on p.id = (d.doc->>'departmentId')::uuid",
        Select = "d.doc || jsonb_build_object('department', coalesce(p.doc->>'name', d.doc->>'department'))",
    };

    public static void Map(IEndpointRouteBuilder users) => users.MapList<User>(Source, Right.View("users"), _ => $"d.doc->>'removed' = 'false'");
}
