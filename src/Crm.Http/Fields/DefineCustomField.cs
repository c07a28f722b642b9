using Crm.Contracts;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>
/// Gives records a field of the organisation's own (S009), at once and without a restart. A key that was ever used is 409 <c>custom_field_key_taken</c>; a target has
/// 200 fields at most.
/// </summary>
internal sealed record DefineCustomField : CustomFieldForm
{
    /// <summary>Whose field it is: <c>customers contacts opportunities tickets</c>.</summary>
    public string? Target { get; init; }

    /// <summary>Its key in <c>custom</c>: a letter, then letters, digits and _, at most 40.</summary>
    public string? Key { get; init; }

    /// <summary>What it holds.</summary>
    public CustomFieldType? Type { get; init; }

    /// <summary>For a reference, to what: <c>customers users opportunities products</c>.</summary>
    public string? ReferenceTo { get; init; }

    /// <summary>Whether two live records cannot have the same value; for texts and numbers, and settled for ever.</summary>
    public bool Unique { get; init; }

    internal sealed class Validator : AbstractValidator<DefineCustomField>
    {
        public Validator()
        {
            Include(new FormRules());
            RuleFor(x => x.Target).NotEmpty().Must(t => t is null || Targets.Contains(t)).WithErrorCode("unknown_value");
            RuleFor(x => x.Key).NotEmpty().Must(k => k is null || FieldKey().IsMatch(k)).WithErrorCode("invalid_name")
                .WithMessage(_ => Text("代码以字母开头，只用字母、数字和 _，最多 40 个字符。", "A key begins with a letter and has letters, digits and _ only, at most 40."));
            RuleFor(x => x.Type).NotNull().IsInEnum();
            RuleFor(x => x.Zh).NotEmpty();
            RuleFor(x => x.En).NotEmpty();
            RuleFor(x => x.ReferenceTo).Must(r => r is null || References.Contains(r)).WithErrorCode("unknown_value");
        }
    }
}

internal static class DefineCustomFieldFeature
{
    private const int Most = 200;

    public static void Map(IEndpointRouteBuilder fields) => fields.MapCreate<DefineCustomField, CustomField, FieldSettings>("", Right.Change("custom-fields"),
        (_, scope) => Task.FromResult(Access.Of(scope.Http).Picture.Fields), Decide);

    public static Decision Decide(DefineCustomField command, FieldSettings known, Now now)
    {
        var (type, others) = (command.Type!.Value, known.Of(command.Target!));
        var settings = new CustomFieldSettings
        {
            Zh = command.Zh!.Trim(), En = command.En!.Trim(), Group = command.Group, Order = command.Order ?? (others.Count == 0 ? 10 : others[^1].Order + 10), HelpZh = command.HelpZh, HelpEn = command.HelpEn,
            Choices = command.Choices, Required = command.Required ?? false, Pattern = command.Pattern is { Length: 0 } ? null : command.Pattern, Min = command.Min, Max = command.Max, VisibleWhen = command.VisibleWhen, Personal = command.Personal == true ? true : null,
        };
        if (others.Count >= Most) return new Rejection("too_many", $"最多 {Most} 个自定义字段。", $"There are at most {Most} custom fields.");
        if ((type == CustomFieldType.Reference) != (command.ReferenceTo is not null))
            return CustomFieldForm.Invalid("referenceTo", "required", "引用字段要说明引用什么，其他字段不能。", "A reference says to what it refers, and no other field does.");
        if (command.Unique && command.Target == "contacts") return CustomFieldForm.Invalid("unique", "not_for_target", "联系人的字段不能要求唯一。", "Fields of contacts cannot be unique.");
        if (command.Unique && type is not (CustomFieldType.Text or CustomFieldType.Number)) return CustomFieldForm.Invalid("unique", "not_for_type", "只有文本和数字字段可以要求唯一。", "Only texts and numbers can be unique.");
        if (CustomFieldForm.Fault(command.Target!, command.Key!, type, settings, others) is { } fault) return fault;
        return [new CustomFieldDefined(command.Target!, command.Key!, type, command.ReferenceTo, command.Unique, settings)];
    }
}
