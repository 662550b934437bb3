-- The exact expected return of a linear policy on the one-dimensional linear-quadratic problem, and its gradient.
--
--   s' = s + a + noise N(0, 1),   r = -s^2 - a^2,   a ~ N(k s, sigma^2),   s_0 ~ N(0, start^2),   T steps
--
-- With u_t = E s_t^2 the return J = -sum gamma^t ((1 + k^2) u_t + sigma^2), and u_{t+1} = (1 + k)^2 u_t + sigma^2 +
-- noise^2; the derivatives by k and log sigma follow the same recursion.
--
-- problem: { gamma =, steps = T, start =, noise = }
-- Returns J, dJ/dk, dJ/d log sigma.
local function lqr_return(problem, k, log_std)
  local variance, contraction = math.exp(2 * log_std), (1 + k) ^ 2
  local u, u_k, u_sigma = problem.start ^ 2, 0, 0 -- and the derivatives of u
  local J, J_k, J_sigma, weight = 0, 0, 0, 1
  for _ = 1, problem.steps do
    J = J - weight * ((1 + k * k) * u + variance)
    J_k = J_k - weight * (2 * k * u + (1 + k * k) * u_k)
    J_sigma = J_sigma - weight * ((1 + k * k) * u_sigma + 2 * variance)
    u_k = contraction * u_k + 2 * (1 + k) * u
    u_sigma = contraction * u_sigma + 2 * variance
    u = contraction * u + variance + problem.noise ^ 2
    weight = weight * problem.gamma
  end
  return J, J_k, J_sigma
end

return lqr_return
