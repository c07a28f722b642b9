using Crm.Contracts;
using Crm.Http;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>Decisions about departments and roles.</summary>
public sealed class departments_and_roles : Spec
{
    private static readonly Guid Parent = Guid.Parse("01900000-0000-7000-8000-0000000000c1");
    private static readonly RoleGrant View = new("customers.view", RightScope.Department);
    private static readonly DepartmentCreated East = new("东区", Parent);

    [Fact]
    public void a_department_belongs_to_one_that_is_there()
    {
        Given<Department>().When(() => CreateDepartmentFeature.Decide(new CreateDepartment(" 东区 ", Parent), true, Now)).Then(East);
        Given<Department>().When(() => CreateDepartmentFeature.Decide(new CreateDepartment("东区", Parent), false, Now)).Rejects("unknown_department");
    }

    [Fact]
    public void a_department_is_renamed_and_moved_but_never_below_itself()
    {
        var fine = new MoveFacts(true, false);
        Given<Department>(East).When(d => ChangeDepartmentFeature.Decide(new ChangeDepartment("华东"), d, fine, Now)).Then(new DepartmentRenamed("东区", "华东"));
        Given<Department>(East).When(d => ChangeDepartmentFeature.Decide(new ChangeDepartment { Cleared = ["parentId"] }, d, fine, Now)).Then(new DepartmentMoved(Parent, null));
        Given<Department>(East).When(d => ChangeDepartmentFeature.Decide(new ChangeDepartment("东区", Parent), d, fine, Now)).ThenNothing();
        Given<Department>(East).When(d => ChangeDepartmentFeature.Decide(new ChangeDepartment(ParentId: Id), d, new MoveFacts(true, true), Now)).Rejects("department_cycle");
        var picture = new AccessPicture([], [new(Parent, "总部", null), new(Id, "东区", Parent)], [], []);
        MoveFacts.Of(picture, Parent, Id).ShouldBe(new MoveFacts(true, true));
        MoveFacts.Of(picture, Id, Parent).ShouldBe(new MoveFacts(true, false));
        MoveFacts.Of(picture, Id, Guid.Empty).ShouldBe(new MoveFacts(false, false));
    }

    [Fact]
    public void a_department_in_use_stays()
    {
        Given<Department>(East).When(d => RemoveDepartmentFeature.Decide(new RemoveDepartment(), d, new DepartmentUse(1, 0), Now)).Rejects("department_in_use");
        Given<Department>(East).When(d => RemoveDepartmentFeature.Decide(new RemoveDepartment(), d, new DepartmentUse(0, 1), Now)).Rejects("department_in_use");
        Given<Department>(East).When(d => RemoveDepartmentFeature.Decide(new RemoveDepartment(), d, new DepartmentUse(0, 0), Now)).Then(new DepartmentRemoved("东区"));
        Given<Department>(East, new DepartmentRemoved("东区")).When(d => RemoveDepartmentFeature.Decide(new RemoveDepartment(), d, new DepartmentUse(0, 0), Now)).ThenNothing();
    }

    [Fact]
    public void a_role_is_made_of_rights_that_exist()
    {
        Decision Define(params RoleGrant[] grants) => DefineRoleFeature.Decide(new DefineRole("presales", "售前", grants), Now);
        Given<Role>().When(() => Define(View)).Then(new RoleDefined("presales", "售前", [View], null));
        Given<Role>().When(() => Define(View, new("customers.fly", RightScope.All))).Rejects("unknown_right");
        Given<Role>().When(() => Define(View, View with { Scope = RightScope.All })).Rejects("right_twice");
        Given<Role>().When(() => Define(View, new("tickets.change", RightScope.All))).Rejects("view_required");
        Given<Role>().When(() => DefineRoleFeature.Decide(new DefineRole("sales", "x", [View]), Now)).Rejects("role_code_taken");
    }

    [Fact]
    public void limits_are_set_to_fields_that_can_be_limited()
    {
        Decision Define(params RoleField[] fields) => DefineRoleFeature.Decide(new DefineRole("presales", "售前", [View], fields), Now);
        var masked = new RoleField("customers", "contacts.phone", FieldLevel.Masked);
        Given<Role>().When(() => Define(masked, new("customers", "custom.身份证号", FieldLevel.Hidden)))
            .Then(new RoleDefined("presales", "售前", [View], [masked, new("customers", "custom.身份证号", FieldLevel.Hidden)]));
        Given<Role>().When(() => Define(new RoleField("customers", "name", FieldLevel.Hidden))).Rejects("unknown_field");
        Given<Role>().When(() => Define(new RoleField("users", "phone", FieldLevel.Hidden))).Rejects("unknown_field");
        Given<Role>().When(() => Define(masked, masked with { Level = FieldLevel.Read })).Rejects("field_twice");
    }

    [Fact]
    public void every_field_that_can_be_limited_is_a_field_of_its_resource()
    {
        var members = new Dictionary<string, Type>
        {
            ["customers"] = typeof(Crm.Customers.CustomerModule).Assembly.GetType("Crm.Customers.Customer")!,
            ["opportunities"] = typeof(Crm.Pipeline.PipelineModule).Assembly.GetType("Crm.Pipeline.Opportunity")!,
            ["tickets"] = typeof(Crm.Service.ServiceModule).Assembly.GetType("Crm.Service.Ticket")!,
        };
        foreach (var (resource, field) in LimitableFields.All)
        {
            var type = members[resource];
            foreach (var name in field.Split('.'))
            {
                var property = type.GetProperty(char.ToUpperInvariant(name[0]) + name[1..]).ShouldNotBeNull($"{resource} has no {field}");
                type = property.PropertyType.IsGenericType ? property.PropertyType.GetGenericArguments()[0] : property.PropertyType;
            }
        }
    }

    [Fact]
    public void a_role_changes_only_where_it_differs_and_goes_when_nobody_has_it()
    {
        var defined = new RoleDefined("presales", "售前", [View], null);
        Given<Role>(defined).When(r => ChangeRoleFeature.Decide(new ChangeRole("售前", [View], []), r, Now)).ThenNothing();
        Given<Role>(defined).When(r => ChangeRoleFeature.Decide(new ChangeRole(Grants: [View with { Scope = RightScope.All }]), r, Now))
            .Then(new RoleChanged(null, [View with { Scope = RightScope.All }], null));
        Given<Role>(defined).When(r => RemoveRoleFeature.Decide(new RemoveRole(), r, 2, Now)).Rejects("role_in_use");
        Given<Role>(defined).When(r => RemoveRoleFeature.Decide(new RemoveRole(), r, 0, Now)).Then(new RoleRemoved());
    }
}
