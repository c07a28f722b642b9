using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Analytics.Tests;

public sealed class deciding_on_the_log : Spec
{
    [Fact]
    public void the_retention_is_set() =>
        Given<OperationLogSettings>().When(s => SetOperationLogRetention.Decide(new(3), s)).Then(new OperationLogRetentionSet(3));

    [Fact]
    public void the_retention_is_for_ever_until_somebody_decides() =>
        Given<OperationLogSettings>().When(s => SetOperationLogRetention.Decide(new(), s)).ThenNothing();

    [Fact]
    public void the_same_retention_changes_nothing() =>
        Given<OperationLogSettings>(new OperationLogRetentionSet(3)).When(s => SetOperationLogRetention.Decide(new(3), s)).ThenNothing();

    [Fact]
    public void the_log_is_kept_for_ever_again() =>
        Given<OperationLogSettings>(new OperationLogRetentionSet(3)).When(s => SetOperationLogRetention.Decide(new(), s)).Then(new OperationLogRetentionSet(null));

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(100, true)]
    [InlineData(101, false)]
    [InlineData(null, true)]
    public void the_retention_is_a_year_at_least(int? years, bool valid) => new SetOperationLogRetention.Validator().Validate(new SetOperationLogRetention(years)).IsValid.ShouldBe(valid);

    [Fact]
    public void an_export_is_cancelled() =>
        Given<OperationLogExport>(new OperationLogExportRequested(null, 7)).When(CancelOperationExport.Decide).Then(new OperationLogExportCancelled());

    [Fact]
    public void a_cancelled_export_is_cancelled_once() =>
        Given<OperationLogExport>(new OperationLogExportRequested(null, 7), new OperationLogExportCancelled()).When(CancelOperationExport.Decide).ThenNothing();

    [Fact]
    public void a_finished_export_is_not_cancelled() =>
        Given<OperationLogExport>(new OperationLogExportRequested(null, 7), new OperationLogExportCompleted(7)).When(CancelOperationExport.Decide).Rejects("export_finished");

    [Theory]
    [InlineData(null, false)]
    [InlineData("  ", false)]
    [InlineData("年度审计", true)]
    public void an_export_says_why(string? reason, bool valid) => new ExportOperations.Validator().Validate(new ExportOperations(null, reason)).IsValid.ShouldBe(valid);
}
