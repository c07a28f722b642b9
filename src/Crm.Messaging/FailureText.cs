using System.Net.Mail;
using System.Text.Json;
using Npgsql;

namespace Crm.Messaging;

/// <summary>A failure in words that may be stored and shown: kinds, codes and names, never what a message holds.</summary>
internal static class FailureText
{
    public static string Of(Exception e) => e switch
    {
        MessageException x => x.Message,
        PostgresException x => $"SQLSTATE {x.SqlState}{(x.TableName is { } table ? " on " + table : "")}{(x.ConstraintName is { } name ? " by " + name : "")}",
        JsonException x => $"The body cannot be read at {x.Path ?? "$"}.",
        HttpRequestException { StatusCode: { } status } => $"The receiver answered {(int)status}.",
        HttpRequestException x => $"The receiver cannot be reached: {x.HttpRequestError}.",
        SmtpException x => $"The mail server answered {(int)x.StatusCode}.",
        TimeoutException => "It took too long.",
        UnknownMessageTypeException => "No handler of the queue takes such a message in this version of the program.",
        _ => "",
    };
}

/// <summary>A failure whose text holds no personal data and is stored with the dead letter.</summary>
public sealed class MessageException(string message) : Exception(message);

/// <summary>A queue holds a message whose type no handler of the queue takes in this version of the program.</summary>
internal sealed class UnknownMessageTypeException : Exception;
