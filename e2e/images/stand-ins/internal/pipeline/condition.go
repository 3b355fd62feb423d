// Conditions: if, else if and what they compare ("Accessing event data and fields", conditionals).
package pipeline

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/breml/logstash-config/ast"

	"loggingstack.dev/stand-ins/internal/envsubst"
	"loggingstack.dev/stand-ins/internal/event"
)

// Condition says whether an event takes a branch.
type Condition func(*event.Event) bool

// operand gives a value of the event or a constant, and whether there is one.
type operand func(*event.Event) (any, bool)

// precedence of the boolean operators, from tight to loose.
var precedence = map[int]int{ast.And: 2, ast.Nand: 1, ast.Xor: 1, ast.Or: 0}

func (c *compiler) condition(condition ast.Condition) (Condition, error) {
	values := []Condition{}
	operators := []int{}
	reduce := func() {
		right, left := values[len(values)-1], values[len(values)-2]
		values = append(values[:len(values)-2], combine(operators[len(operators)-1], left, right))
		operators = operators[:len(operators)-1]
	}
	for i, expression := range condition.Expression {
		compiled, err := c.expression(expression)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			operator := expression.BoolOperator().Op
			for len(operators) > 0 && precedence[operators[len(operators)-1]] >= precedence[operator] {
				reduce()
			}
			operators = append(operators, operator)
		}
		values = append(values, compiled)
	}
	for len(operators) > 0 {
		reduce()
	}
	return values[0], nil
}

func combine(operator int, left, right Condition) Condition {
	switch operator {
	case ast.And:
		return func(e *event.Event) bool { return left(e) && right(e) }
	case ast.Or:
		return func(e *event.Event) bool { return left(e) || right(e) }
	case ast.Xor:
		return func(e *event.Event) bool { return left(e) != right(e) }
	default:
		return func(e *event.Event) bool { return !(left(e) && right(e)) }
	}
}

func not(inner Condition) Condition { return func(e *event.Event) bool { return !inner(e) } }

func (c *compiler) expression(expression ast.Expression) (Condition, error) {
	switch typed := expression.(type) {
	case ast.ConditionExpression:
		return c.condition(typed.Condition)
	case ast.NegativeConditionExpression:
		inner, err := c.condition(typed.Condition)
		return not(inner), err
	case ast.NegativeSelectorExpression:
		inner, err := c.operand(typed.Selector)
		return not(truthy(inner)), err
	case ast.RvalueExpression:
		inner, err := c.operand(typed.RValue)
		return truthy(inner), err
	case ast.InExpression:
		return c.membership(typed.LValue, typed.RValue)
	case ast.NotInExpression:
		inner, err := c.membership(typed.LValue, typed.RValue)
		return not(inner), err
	case ast.CompareExpression:
		return c.comparison(typed)
	case ast.RegexpExpression:
		return c.match(typed)
	default:
		return nil, fmt.Errorf("condition at %s has an unknown form", expression.Pos())
	}
}

func truthy(value operand) Condition {
	return func(e *event.Event) bool {
		found, ok := value(e)
		return ok && found != nil && found != false
	}
}

func (c *compiler) operand(value ast.Rvalue) (operand, error) {
	constant := func(value any) operand { return func(*event.Event) (any, bool) { return value, true } }
	switch typed := value.(type) {
	case ast.Selector:
		reference := typed.String()
		if !event.ValidReference(reference) {
			return nil, fmt.Errorf("Invalid FieldReference: `%s`", reference)
		}
		return func(e *event.Event) (any, bool) { return e.Get(reference) }, nil
	case ast.StringAttribute:
		text, err := envsubst.Logstash(typed.Value(), c.lookup)
		return constant(text), err
	case ast.NumberAttribute:
		return constant(typed.Value()), nil
	case ast.ArrayAttribute:
		list, err := c.value(typed)
		return constant(list), err
	default:
		return nil, fmt.Errorf("a value of a condition has an unknown form: %s", value)
	}
}

func (c *compiler) operands(left, right ast.Rvalue) (operand, operand, error) {
	first, err := c.operand(left)
	if err != nil {
		return nil, nil, err
	}
	second, err := c.operand(right)
	return first, second, err
}

func (c *compiler) membership(left, right ast.Rvalue) (Condition, error) {
	item, container, err := c.operands(left, right)
	if err != nil {
		return nil, err
	}
	return func(e *event.Event) bool {
		wanted, found := item(e)
		where, exists := container(e)
		if !found || !exists {
			return false
		}
		switch typed := where.(type) {
		case []any:
			for _, present := range typed {
				if equal(present, wanted) {
					return true
				}
			}
		case string:
			text, ok := wanted.(string)
			return ok && strings.Contains(typed, text)
		case map[string]any:
			_, ok := typed[event.Text(wanted)]
			return ok
		}
		return false
	}, nil
}

func (c *compiler) comparison(expression ast.CompareExpression) (Condition, error) {
	left, right, err := c.operands(expression.LValue, expression.RValue)
	if err != nil {
		return nil, err
	}
	operator := expression.CompareOperator.Op
	return func(e *event.Event) bool {
		first, firstFound := left(e)
		second, secondFound := right(e)
		switch operator {
		case ast.Equal:
			return firstFound == secondFound && equal(first, second)
		case ast.NotEqual:
			return firstFound != secondFound || !equal(first, second)
		}
		order, comparable := compare(first, second)
		if !comparable {
			return false
		}
		switch operator {
		case ast.LessThan:
			return order < 0
		case ast.LessOrEqual:
			return order <= 0
		case ast.GreaterThan:
			return order > 0
		default:
			return order >= 0
		}
	}, nil
}

func (c *compiler) match(expression ast.RegexpExpression) (Condition, error) {
	left, err := c.operand(expression.LValue)
	if err != nil {
		return nil, err
	}
	pattern := ""
	switch typed := expression.RValue.(type) {
	case ast.Regexp:
		pattern = strings.ReplaceAll(typed.Regexp, `\/`, `/`)
	case ast.StringAttribute:
		pattern = typed.Value()
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("the regular expression /%s/ is not valid, or this stand-in cannot run it: %w", pattern, err)
	}
	matches := func(e *event.Event) bool {
		value, found := left(e)
		text, isText := value.(string)
		return found && isText && compiled.MatchString(text)
	}
	if expression.RegexpOperator.Op == ast.RegexpNotMatch {
		return not(matches), nil
	}
	return matches, nil
}

func number(value any) (float64, bool) {
	switch typed := value.(type) {
	case float64:
		return typed, true
	case int:
		return float64(typed), true
	case json.Number:
		parsed, err := strconv.ParseFloat(typed.String(), 64)
		return parsed, err == nil
	}
	return 0, false
}

func equal(first, second any) bool {
	a, firstIsNumber := number(first)
	b, secondIsNumber := number(second)
	if firstIsNumber || secondIsNumber {
		return firstIsNumber && secondIsNumber && a == b
	}
	if value, isBool := first.(bool); isBool {
		return fmt.Sprint(value) == fmt.Sprint(second)
	}
	if value, isBool := second.(bool); isBool {
		return fmt.Sprint(value) == fmt.Sprint(first)
	}
	return fmt.Sprint(first) == fmt.Sprint(second)
}

func compare(first, second any) (int, bool) {
	a, firstIsNumber := number(first)
	b, secondIsNumber := number(second)
	if firstIsNumber && secondIsNumber {
		switch {
		case a < b:
			return -1, true
		case a > b:
			return 1, true
		}
		return 0, true
	}
	text, firstIsText := first.(string)
	other, secondIsText := second.(string)
	return strings.Compare(text, other), firstIsText && secondIsText
}
