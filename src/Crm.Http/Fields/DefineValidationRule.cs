using Crm.Contracts;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>What is entered of a validation rule; a change states all of it.</summary>
internal abstract record ValidationRuleForm
{
    /// <summary>Its name in Chinese, 1 to 100 characters.</summary>
    public string? Zh { get; init; }

    /// <summary>Its name in English, 1 to 100 characters.</summary>
    public string? En { get; init; }

    /// <summary>When it is looked at.</summary>
    public RuleWhen When { get; init; }

    /// <summary>
    /// For <c>lifecycle</c> and <c>kind</c> of customers: <c>potential intent won lost</c>, <c>company person</c>; for <c>stage</c> of opportunities: the code of a stage; for
    /// <c>status</c> of tickets: <c>open assigned answered resolved closed</c>. Null for <c>always</c>.
    /// </summary>
    public string? Value { get; init; }

    /// <summary>
    /// The field, or <c>custom.x</c>. Of customers: <c>name shortName tier industry size source phone email address website needs idNumber bankCard ownerId parentId</c>, <c>contacts</c> (how
    /// many are there); of contacts: <c>name position decisionRole phone email birthday idNumber</c>; of opportunities: <c>name customerId amount probability expectedCloseDate ownerId lostReason
    /// competitors decisionMakers lines nextStep</c>; of tickets: <c>subject description customerId contactId type assigneeId score</c>.
    /// </summary>
    public string? Field { get; init; }

    /// <summary>What is asked of it.</summary>
    public RuleCheck? Check { get; init; }

    /// <summary>For <c>pattern</c>: the regular expression the whole text must match, at most 200 characters.</summary>
    public string? Pattern { get; init; }

    /// <summary>For <c>minLength</c>: 1 to 2,000.</summary>
    public int? Length { get; init; }

    /// <summary>For <c>oneOf</c>: 1 to 100 values.</summary>
    public string[]? Values { get; init; }

    /// <summary>What is answered when it is broken, in Chinese, 1 to 300 characters.</summary>
    public string? MessageZh { get; init; }

    /// <summary>The same in English.</summary>
    public string? MessageEn { get; init; }

    /// <summary>Whether it holds; it does unless stated.</summary>
    public bool? Active { get; init; }

    internal sealed class FormRules : AbstractValidator<ValidationRuleForm>
    {
        public FormRules()
        {
            RuleFor(x => x.Zh).NotEmpty().MaximumLength(100);
            RuleFor(x => x.En).NotEmpty().MaximumLength(100);
            RuleFor(x => x.When).IsInEnum();
            RuleFor(x => x.Value).Must((x, value) => x.When == RuleWhen.Always ? value is null : value is { Length: > 0 and <= 40 }).WithErrorCode("unknown_value");
            RuleFor(x => x.Field).NotEmpty();
            RuleFor(x => x.Check).NotNull().IsInEnum();
            RuleFor(x => x.Pattern).NotEmpty().MaximumLength(200).When(x => x.Check == RuleCheck.Pattern);
            RuleFor(x => x.Pattern).Must(p => FieldPattern.IsValid(p!)).When(x => x.Pattern is { Length: > 0 and <= 200 }).WithErrorCode("invalid_pattern")
                .WithMessage(_ => CustomFieldForm.Text("正则表达式无效，或使用了不支持的回溯引用、环视。", "The regular expression is not valid, or uses back-references or look-around."));
            RuleFor(x => x.Length).NotNull().InclusiveBetween(1, 2000).When(x => x.Check == RuleCheck.MinLength);
            RuleFor(x => x.Values).Must(v => v is { Length: > 0 and <= 100 } && v.All(t => t is { Length: > 0 and <= 100 })).When(x => x.Check == RuleCheck.OneOf).WithErrorCode("required");
            RuleFor(x => x.MessageZh).NotEmpty().MaximumLength(300);
            RuleFor(x => x.MessageEn).NotEmpty().MaximumLength(300);
        }
    }

    internal ValidationRuleSettings Settings() => new(
        Zh!.Trim(), En!.Trim(), When, Value, Field!, Check!.Value, Check == RuleCheck.Pattern ? Pattern : null, Check == RuleCheck.MinLength ? Length : null, Check == RuleCheck.OneOf ? Values : null,
        MessageZh!.Trim(), MessageEn!.Trim(), Active ?? true);

    /// <summary>Why there can be no such rule about records of a target; null if there can.</summary>
    internal Rejection? Fault(string target, FieldSettings known)
    {
        var of = RuleTarget.All[target];
        if (When != RuleWhen.Always && !(of.Whens.TryGetValue(When, out var values) && values?.Contains(Value) != false))
            return CustomFieldForm.Invalid("value", "unknown_value", "规则不能在此时检查。", "Rules of these records cannot be looked at then.");
        return of.Fields.Contains(Field) || (Field!.StartsWith("custom.", StringComparison.Ordinal) && known.Find(target, Field["custom.".Length..]) is not null) ? null
            : CustomFieldForm.Invalid("field", "unknown_field", $"没有字段“{Field}”。", $"There is no field '{Field}'.");
    }
}

/// <summary>Gives the organisation a validation rule; it holds for every command from then on. There are 100 at most of a target.</summary>
internal sealed record DefineValidationRule : ValidationRuleForm
{
    /// <summary>Of what records: <c>customers contacts opportunities tickets</c>; <c>customers</c> unless stated.</summary>
    public string? Target { get; init; }

    internal sealed class Validator : AbstractValidator<DefineValidationRule>
    {
        public Validator()
        {
            Include(new FormRules());
            RuleFor(x => x.Target).Must(t => t is null || RuleTarget.All.ContainsKey(t)).WithErrorCode("unknown_value");
        }
    }
}

internal static class DefineValidationRuleFeature
{
    private const int Most = 100;
    private static readonly ListSource Source = new(FieldMap.Of<ValidationRule>().Without("deleted"), ValidationRules.TableName) { Select = "d.doc - 'deleted'", Where = "not (d.doc->>'deleted')::boolean", Sort = "createdAt" };

    public static void Map(IEndpointRouteBuilder rules)
    {
        rules.MapList<ValidationRule>(Source, Right.View("validation-rules"));
        rules.MapCreate<DefineValidationRule, ValidationRule, FieldSettings>("", Right.Change("validation-rules"), (_, scope) => Task.FromResult(Access.Of(scope.Http).Picture.Fields), Decide);
    }

    public static Decision Decide(DefineValidationRule command, FieldSettings known, Now now)
    {
        var target = command.Target ?? "customers";
        return known.Rules(target).Count >= Most ? new Rejection("too_many", $"最多 {Most} 条校验规则。", $"There are at most {Most} rules.")
            : command.Fault(target, known) is { } fault ? fault : [new ValidationRuleDefined(target, command.Settings())];
    }
}
