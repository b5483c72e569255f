using System.Numerics;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// Follows what a broker sends, frame by frame, and changes in place, length for length, those fields of message headers at which
/// the client library throws. It would close the connection over them, the broker would deliver the message again, and so on.
/// </summary>
/// <remarks>
/// A decimal of more than 28 digits behind its point becomes 0 (it is less than 1e-19), a number of the type 'L' one of 'l', which is what
/// RabbitMQ takes it for, and a table or array deeper than <see cref="MaxDepth"/> its bytes: the library reads them by recursion, which
/// would end the process when the stack is used up. All else passes as it is.
/// </remarks>
/// <param name="repaired">Called for each field that is changed, before the library sees it.</param>
internal sealed class HeaderRepair(Action repaired)
{
    /// <summary>How many tables and arrays may stand in each other, with the headers themselves.</summary>
    public const int MaxDepth = 64;

    private const byte HeaderFrame = 2;
    private const int MaxDecimalScale = 28;

    private readonly Stack<Level> levels = new();
    private Part part = Part.Frame;
    private int needed = 7;
    private ulong value;
    private long left;
    private long skip;
    private bool clears;
    private int texts;

    private enum Part
    {
        /// <summary>Type, channel and size.</summary>
        Frame,

        /// <summary>Which properties there are.</summary>
        Flags,

        /// <summary>The length of a property before the headers.</summary>
        Text,
        Table,
        Array,
        Key,
        Type,

        /// <summary>The length of a text or of bytes.</summary>
        Long,
        Scale,

        /// <summary>What stands behind the headers, with the octet that ends the frame.</summary>
        Rest,
    }

    /// <summary>Takes the next bytes, cut anywhere.</summary>
    public void Pass(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int taken = 1;
            if (skip > 0)
            {
                taken = (int)Math.Min(skip, bytes.Length);
                skip -= taken;
                left -= taken;
                if (clears)
                {
                    bytes[..taken].Clear();
                }
            }
            else
            {
                value = (value << 8) | bytes[0];
                left--;
                if (--needed == 0)
                {
                    Take(ref bytes[0]);
                }
            }

            bytes = bytes[taken..];
            if (part != Part.Frame && left <= 0)
            {
                // Lengths that lead beyond the frame are the library's to complain of.
                SkipFrame();
            }
        }
    }

    private void Take(ref byte last)
    {
        uint number = (uint)value;
        switch (part)
        {
            case Part.Frame:
                left = number + 1L;
                if ((byte)(value >> 48) != HeaderFrame)
                {
                    SkipFrame();
                    break;
                }

                levels.Clear();
                Skip(12);
                Expect(Part.Flags, 2);
                break;
            case Part.Flags when (number & 0x2000) == 0:
            case Part.Rest:
                SkipFrame();
                break;
            case Part.Flags:
                texts = BitOperations.PopCount(number & 0xC000);
                ExpectTextOrHeaders();
                break;
            case Part.Text:
                Skip(number);
                ExpectTextOrHeaders();
                break;
            case Part.Table or Part.Array:
                levels.Push(new Level(left - number, part == Part.Array));
                ExpectField();
                break;
            case Part.Key:
                Skip(number);
                Expect(Part.Type, 1);
                break;
            case Part.Type:
                TakeType(ref last);
                break;
            case Part.Long:
                Skip(number);
                ExpectField();
                break;
            case Part.Scale when last > MaxDecimalScale:
                last = MaxDecimalScale;
                repaired();
                Skip(4, clear: true);
                ExpectField();
                break;
            case Part.Scale:
                Skip(4);
                ExpectField();
                break;
        }
    }

    private void TakeType(ref byte type)
    {
        switch ((char)type)
        {
            case 'F' or 'A' when levels.Count >= MaxDepth:
                type = (byte)'x';
                repaired();
                Expect(Part.Long, 4);
                break;
            case 'F':
                Expect(Part.Table, 4);
                break;
            case 'A':
                Expect(Part.Array, 4);
                break;
            case 'S' or 'x':
                Expect(Part.Long, 4);
                break;
            case 'D':
                Expect(Part.Scale, 1);
                break;
            case 'L':
                type = (byte)'l';
                repaired();
                Skip(8);
                ExpectField();
                break;
            case 'V':
                ExpectField();
                break;
            case 't' or 'b' or 'B':
                Skip(1);
                ExpectField();
                break;
            case 's' or 'u':
                Skip(2);
                ExpectField();
                break;
            case 'I' or 'i' or 'f':
                Skip(4);
                ExpectField();
                break;
            case 'l' or 'd' or 'T':
                Skip(8);
                ExpectField();
                break;
            default:
                // The broker lets no such field in: its length is unknown.
                SkipFrame();
                break;
        }
    }

    private void ExpectTextOrHeaders()
    {
        if (texts-- > 0)
        {
            Expect(Part.Text, 1);
        }
        else
        {
            Expect(Part.Table, 4);
        }
    }

    // The library, too, ends a table or array with the field that reaches its end.
    private void ExpectField()
    {
        while (levels.TryPeek(out Level level) && left - skip <= level.End)
        {
            levels.Pop();
        }

        Expect(!levels.TryPeek(out Level current) ? Part.Rest : current.IsArray ? Part.Type : Part.Key, 1);
    }

    private void Expect(Part next, int bytes) => (part, needed, value) = (next, bytes, 0);

    private void Skip(long bytes, bool clear = false) => (skip, clears) = (Math.Min(bytes, left), clear);

    private void SkipFrame()
    {
        Skip(left);
        Expect(Part.Frame, 7);
    }

    /// <param name="End">How much of the frame is left at its end.</param>
    /// <param name="IsArray">Whether its fields have no names.</param>
    private readonly record struct Level(long End, bool IsArray);
}
